#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

/// std::mutex with the annotations that clang's -Wthread-safety checks; other compilers see plain
/// C++. Members guarded by `mutex_` say `FP_GUARDED_BY(mutex_)`.
#ifdef __clang__
#define FP_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define FP_THREAD_ANNOTATION(x)
#endif
#define FP_GUARDED_BY(mutex) FP_THREAD_ANNOTATION(guarded_by(mutex))
#define FP_REQUIRES(mutex) FP_THREAD_ANNOTATION(requires_capability(mutex))
#define FP_EXCLUDES(mutex) FP_THREAD_ANNOTATION(locks_excluded(mutex))

namespace flashpoll::runtime {

class FP_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void lock() FP_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void unlock() FP_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  friend class Condition;
  std::mutex mutex_;
};

/// Holds a Mutex for the length of a scope.
class FP_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) FP_THREAD_ANNOTATION(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() FP_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// A condition variable for a Mutex that the caller holds. Wakes may be spurious: loop over the
/// condition yourself, as the checker does not look into predicates.
class Condition {
 public:
  void wait(Mutex& mutex) FP_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    (void)lock.release();
  }

  /// False when `until` has passed.
  bool wait_until(Mutex& mutex, std::chrono::steady_clock::time_point until) FP_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    const bool in_time = condition_.wait_until(lock, until) == std::cv_status::no_timeout;
    (void)lock.release();
    return in_time;
  }

  void notify_one() noexcept { condition_.notify_one(); }
  void notify_all() noexcept { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace flashpoll::runtime
