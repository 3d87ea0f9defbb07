#pragma once

#include <chrono>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "infra/runtime/mutex.h"
#include "query/read_pool.h"

namespace flashpoll::query {

/// Requests that wait until the read side has come as far as they have seen elsewhere. All that
/// wait are looked up together, at once and then every 20 ms, in one statement. Any thread. Stop
/// the pool before this object goes.
class Waiter {
 public:
  /// Called once, on a thread of the pool or of this object; false: the time is over. Must not
  /// block.
  using Done = std::function<void(bool reached)>;

  explicit Waiter(ReadPool& pool);
  /// Calls what still waits with false.
  ~Waiter();
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  /// Until the poll is known and its latest entry is `seq` or later. Throws Overloaded when 10 000
  /// wait; then `done` is never called.
  void wait(events::PollId poll, events::Seq seq, std::chrono::milliseconds limit, Done done)
      FP_EXCLUDES(mutex_);

  /// Something changed: look now.
  void notify() FP_EXCLUDES(mutex_);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Waiting {
    events::PollId poll;
    events::Seq seq;
    Time until;
    Done done;
  };
  using Reached = std::vector<std::pair<events::PollId, events::Seq>>;

  void run() FP_EXCLUDES(mutex_);
  void look() FP_EXCLUDES(mutex_);
  void settle(Reached reached) FP_EXCLUDES(mutex_);

  ReadPool& pool_;
  runtime::Mutex mutex_;
  runtime::Condition changed_;
  std::vector<Waiting> waiting_ FP_GUARDED_BY(mutex_);
  bool looking_ FP_GUARDED_BY(mutex_) = false;
  bool notified_ FP_GUARDED_BY(mutex_) = false;
  bool stopping_ FP_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace flashpoll::query
