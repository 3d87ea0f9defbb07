#pragma once

#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include "infra/runtime/check.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::runtime {

/// A first-in first-out queue with a bound, from any number of producers to one consumer that takes
/// all there is at once: what gathers while the consumer works becomes its next batch.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {
    FP_CHECK(capacity > 0, "a queue holds something");
  }

  /// Any thread, never waits. False when the queue is full or closed: `item` is untouched then, and
  /// the caller refuses, drops or keeps it.
  [[nodiscard]] bool push(T&& item) FP_EXCLUDES(mutex_) { return push(std::move(item), false); }
  /// The same of an item for which a consumer does not go on gathering.
  [[nodiscard]] bool push_urgent(T&& item) FP_EXCLUDES(mutex_) {
    return push(std::move(item), true);
  }

  /// The consumer. Waits at most `wait` until there is something, a `wake` or the end, then
  /// replaces `batch` with all items in order. False at the end: closed, and everything was taken.
  /// Keep `batch` from call to call, its memory is used again.
  bool drain(std::vector<T>& batch, std::chrono::milliseconds wait) FP_EXCLUDES(mutex_) {
    const auto until = std::chrono::steady_clock::now() + wait;
    batch.clear();
    const MutexLock lock(mutex_);
    while (items_.empty() && !closed_ && !woken_) {
      waiting_ = true;
      if (!not_empty_.wait_until(mutex_, until)) break;
    }
    waiting_ = false;
    woken_ = false;
    urgent_ = false;
    batch.swap(items_);
    return !(closed_ && batch.empty());
  }

  /// The consumer. Lets items gather for `wait`, but no longer than until there is an urgent one, a
  /// `wake` or the end.
  void gather(std::chrono::microseconds wait) FP_EXCLUDES(mutex_) {
    const auto until = std::chrono::steady_clock::now() + wait;
    const MutexLock lock(mutex_);
    while (!urgent_ && !closed_ && !woken_) {
      if (!not_empty_.wait_until(mutex_, until)) break;
    }
  }

  /// Any thread. Makes a waiting `drain` or `gather`, or else the next one, return at once.
  void wake() FP_EXCLUDES(mutex_) {
    {
      const MutexLock lock(mutex_);
      woken_ = true;
    }
    not_empty_.notify_one();
  }

  /// Any thread. Nothing is taken any more; what is inside can still be drained.
  void close() FP_EXCLUDES(mutex_) {
    {
      const MutexLock lock(mutex_);
      closed_ = true;
    }
    not_empty_.notify_one();
  }

  /// Any thread; a figure for metrics, outdated when it returns.
  [[nodiscard]] std::size_t size() const FP_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return items_.size();
  }

 private:
  [[nodiscard]] bool push(T&& item, bool urgent) FP_EXCLUDES(mutex_) {
    bool wake = false;
    {
      const MutexLock lock(mutex_);
      if (closed_ || items_.size() >= capacity_) return false;
      items_.push_back(std::move(item));
      wake = std::exchange(waiting_, false) || (urgent && !std::exchange(urgent_, true));
    }
    if (wake) not_empty_.notify_one();
    return true;
  }

  const std::size_t capacity_;
  mutable Mutex mutex_;
  Condition not_empty_;
  std::vector<T> items_ FP_GUARDED_BY(mutex_);
  bool waiting_ FP_GUARDED_BY(mutex_) = false;
  bool woken_ FP_GUARDED_BY(mutex_) = false;
  bool urgent_ FP_GUARDED_BY(mutex_) = false;  ///< one of the items is
  bool closed_ FP_GUARDED_BY(mutex_) = false;
};

}  // namespace flashpoll::runtime
