#include "infra/ledger/postgres_ledger.h"

#include "infra/ledger/landed_segments.h"
#include "infra/ledger/postgres_appender.h"
#include "infra/ledger/postgres_checks.h"
#include "infra/ledger/postgres_ends.h"
#include "infra/ledger/postgres_tail.h"
#include "infra/pg/connection.h"
#include "infra/pg/schemas.h"
#include "infra/runtime/check.h"

namespace flashpoll::ledger {
namespace {

/// Some of the largest batches, many seconds of usual ones.
constexpr std::size_t kKeptBytes = 16 << 20;

}  // namespace

void create_postgres_ledger(const pg::Target& target, Partition partitions) {
  FP_CHECK(partitions > 0, "a ledger has a partition");
  pg::migrate(target, schemas::ledger_objects());
  pg::Connection connection(target);
  pg::Transaction transaction(connection);
  // Two processes with different settings must not both find the table empty.
  connection.exec("LOCK TABLE ledger.heads IN SHARE ROW EXCLUSIVE MODE");
  connection.exec(
      "INSERT INTO ledger.heads (partition) SELECT generate_series(0, $1 - 1) "
      "WHERE NOT EXISTS (SELECT FROM ledger.heads)",
      pg::Params().integer(static_cast<std::int32_t>(partitions)));
  transaction.commit();
}

PostgresLedger::PostgresLedger(pg::Target target, Partition partitions, runtime::Log& log,
                               PostgresLedgerLimits limits)
    : target_(std::move(target)),
      partitions_(partitions),
      landed_(std::make_unique<LandedSegments>(kKeptBytes)) {
  pg::Connection connection(target_);
  runtime::require(look_at_postgres_ledger(connection, partitions_));
  appender_ = std::make_unique<PostgresAppender>(target_, limits, *landed_, log);
  ends_ = std::make_unique<PostgresEnds>(target_, partitions_);
}

PostgresLedger::~PostgresLedger() = default;

bool PostgresLedger::append(std::vector<Entry> batch, AppendDone done) {
  for (const Entry& entry : batch) FP_CHECK(entry.partition < partitions_, "a partition there is");
  return appender_->append(std::move(batch), std::move(done));
}

std::vector<Offset> PostgresLedger::ends(std::chrono::milliseconds wait) {
  appender_->require_sound();
  return ends_->read(wait);
}

std::unique_ptr<Tail> PostgresLedger::tail(std::vector<Start> starts, Delivery /*delivery*/) {
  for (const Start& start : starts) FP_CHECK(start.partition < partitions_, "a partition there is");
  return std::make_unique<PostgresTail>(target_, *landed_, std::move(starts));
}

}  // namespace flashpoll::ledger
