#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "infra/ledger/ledger.h"
#include "infra/pg/target.h"
#include "infra/runtime/log.h"

namespace flashpoll::ledger {

/// Applies the SQL objects of schemas/postgres/ledger and makes the partitions, unless they exist.
/// Any number of processes may call it at once. Throws Unavailable, Corrupt.
void create_postgres_ledger(const pg::Target& target, Partition partitions);

/// Bounds of a PostgresLedger.
struct PostgresLedgerLimits {
  std::size_t pending_entries = 65'536;        ///< handed in and not reported yet
  std::size_t pending_bytes = 64 << 20;        ///< keys and values of these
  std::size_t batch_entries = 5'000;           ///< committed together, unless one call holds more
  std::size_t batch_bytes = 4 << 20;           ///< likewise
  std::chrono::milliseconds retry_for{4'000};  ///< from `append` on; below the desk's 5 s
};

/// The ledger in one PostgreSQL database, for any number of processes: segments (see segment.h)
/// that one statement writes under the locks of the partitions' heads, so offsets are dense and
/// become visible in order. Read means committed.
///
/// One appender thread with one batch in flight. A batch whose answer is lost is sent again under
/// the same number, which the process's writer row lets in at most once, until the server says
/// whether it is in. If that takes longer than `retry_for`, its entries are reported in doubt, and
/// it is sent again all the same: no other batch goes out before its fate is known. So what is in
/// doubt appears as soon as PostgreSQL is back, unless this process ends before. Entries that were
/// not sent within `retry_for` are reported not appended.
///
/// What the server can never take (tables gone, writer row gone) makes the ledger useless: `append`
/// returns false from then on, and `ends` throws Corrupt with the reason.
class PostgresLedger final : public Ledger {
 public:
  /// Checks what durability rests on. Throws Misconfigured, naming the setting (fsync,
  /// full_page_writes, a standby, unlogged tables, another number of partitions, no ledger), or
  /// Unavailable.
  PostgresLedger(pg::Target target, Partition partitions, runtime::Log& log,
                 PostgresLedgerLimits limits = {});
  ~PostgresLedger() override;
  PostgresLedger(const PostgresLedger&) = delete;
  PostgresLedger& operator=(const PostgresLedger&) = delete;

  [[nodiscard]] Partition partitions() const override { return partitions_; }
  [[nodiscard]] bool read_is_durable() const override { return true; }
  [[nodiscard]] std::size_t depth() const override { return 8'192; }
  [[nodiscard]] bool append(std::vector<Entry> batch, AppendDone done) override;
  [[nodiscard]] std::vector<Offset> ends(std::chrono::milliseconds wait) override;
  using Ledger::tail;
  [[nodiscard]] std::unique_ptr<Tail> tail(std::vector<Start> starts, Delivery delivery) override;

 private:
  const pg::Target target_;
  const Partition partitions_;
  const std::unique_ptr<class LandedSegments> landed_;  ///< must outlive all tails
  std::unique_ptr<class PostgresAppender> appender_;
  std::unique_ptr<class PostgresEnds> ends_;
};

}  // namespace flashpoll::ledger
