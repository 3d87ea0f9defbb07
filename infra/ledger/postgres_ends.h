#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "infra/ledger/ledger.h"
#include "infra/pg/connection.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::ledger {

/// Reads the heads over a connection of its own, one caller after the other. Any thread.
class PostgresEnds {
 public:
  PostgresEnds(pg::Target target, Partition partitions)
      : target_(std::move(target)), partitions_(partitions) {}

  /// Throws Unavailable after about `wait`, Corrupt when a head is missing.
  [[nodiscard]] std::vector<Offset> read(std::chrono::milliseconds wait) FP_EXCLUDES(mutex_);

 private:
  using Time = std::chrono::steady_clock::time_point;

  /// The holder of `busy_` alone uses the connection, so a slow server keeps nobody beyond `wait`.
  void acquire(Time until) FP_EXCLUDES(mutex_);
  void release() FP_EXCLUDES(mutex_);
  [[nodiscard]] std::vector<Offset> look(Time until);

  const pg::Target target_;
  const Partition partitions_;
  std::optional<pg::Connection> connection_;
  runtime::Mutex mutex_;
  runtime::Condition released_;
  bool busy_ FP_GUARDED_BY(mutex_) = false;
};

}  // namespace flashpoll::ledger
