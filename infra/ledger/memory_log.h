#pragma once

#include <chrono>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "infra/ledger/ledger.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::ledger {

/// The records of a MemoryLedger, which may be shared by several. Any thread.
class MemoryLog {
 public:
  /// Append times are the clock's wall time, raw; it may be set back.
  MemoryLog(Partition partitions, const runtime::Clock& clock);

  [[nodiscard]] Partition partitions() const { return static_cast<Partition>(count_); }
  /// Appends all entries at once; gives their offsets.
  std::vector<Offset> append(std::span<const Entry> entries) FP_EXCLUDES(mutex_);
  /// Throws Unavailable while the log is away.
  [[nodiscard]] std::vector<Offset> ends() const FP_EXCLUDES(mutex_);

  /// Appends views of the records from `offset` on to `records`, at most `max`, and gives the next
  /// offset. The views live as long as the log, unless it is cut. Throws Corrupt when `offset` lies
  /// beyond the end, Unavailable while the log is away.
  Offset read(Partition partition, Offset offset, std::size_t max, std::vector<Record>& records)
      FP_EXCLUDES(mutex_);

  /// A number that grows with each append, `set_away` and `poke`.
  [[nodiscard]] std::uint64_t version() const FP_EXCLUDES(mutex_);
  /// Waits until the version is another one, or `until`.
  void wait(std::uint64_t version, std::chrono::steady_clock::time_point until) FP_EXCLUDES(mutex_);
  void poke() FP_EXCLUDES(mutex_);

  /// While away nothing can be read or appended.
  void set_away(bool away) FP_EXCLUDES(mutex_);
  [[nodiscard]] bool away() const FP_EXCLUDES(mutex_);

  /// What must not happen to a ledger, for tests: the records from `offset` on are gone, or one has
  /// another value.
  void cut(Partition partition, Offset offset) FP_EXCLUDES(mutex_);
  void exchange(Partition partition, Offset offset, std::string value) FP_EXCLUDES(mutex_);

 private:
  struct Stored {
    std::int64_t append_time_ms = 0;
    std::string key;
    std::string value;
  };

  void changed() FP_REQUIRES(mutex_);
  void require_here() const FP_REQUIRES(mutex_);

  const std::size_t count_;
  const runtime::Clock& clock_;
  mutable runtime::Mutex mutex_;
  runtime::Condition grown_;
  /// A deque does not move what it holds.
  std::vector<std::deque<Stored>> records_ FP_GUARDED_BY(mutex_);
  std::uint64_t version_ FP_GUARDED_BY(mutex_) = 0;
  bool away_ FP_GUARDED_BY(mutex_) = false;
};

}  // namespace flashpoll::ledger
