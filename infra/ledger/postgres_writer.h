#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "infra/ledger/ledger.h"
#include "infra/ledger/segment.h"
#include "infra/pg/connection.h"

namespace flashpoll::ledger {

/// A batch as it is sent: the segment of each partition it touches.
using Segments = std::map<Partition, SegmentWriter>;

/// Where a batch is, and when: the first record per partition; empty when the server only said that
/// it is in.
struct LandedAt {
  Offset offset = 0;
  std::int64_t append_time_ms = 0;
};
using Landed = std::map<Partition, LandedAt>;

/// Sends numbered batches, one at a time, over a connection that it makes anew when it is lost. One
/// thread.
class PostgresWriter {
 public:
  explicit PostgresWriter(pg::Target target) : target_(std::move(target)) {}

  /// Sends the batch under the next number. After Unavailable call it again with the same batch
  /// until it returns, unless `in_doubt` is false. Corrupt and StatementFailed: it is over.
  [[nodiscard]] Landed send(const Segments& batch, std::chrono::milliseconds limit);

  /// Number of the row in ledger.writers, which the notification of each batch carries; 0: none
  /// yet.
  [[nodiscard]] std::int64_t writer() const { return writer_; }

  /// Whether the batch that `send` failed with may be in the ledger or still appear there.
  [[nodiscard]] bool in_doubt() const { return in_doubt_; }

 private:
  void connect(std::chrono::milliseconds limit);
  void register_writer();
  [[nodiscard]] pg::Result execute(const Segments& batch);
  void require_number(std::int64_t number);

  const pg::Target target_;
  std::optional<pg::Connection> connection_;
  std::int64_t writer_ = 0;  ///< 0: has no row yet
  std::int64_t number_ = 0;  ///< of the last batch that is in
  bool in_doubt_ = false;
};

}  // namespace flashpoll::ledger
