#include "infra/runtime/lifecycle.h"

#include <cstdlib>
#include <utility>

#include "infra/runtime/mutex.h"
#include "infra/runtime/thread.h"

namespace flashpoll::runtime {
namespace {

/// Calls `overrun` with the part being stopped when `until` passes before this object goes.
class Watchdog {
 public:
  Watchdog(std::chrono::steady_clock::time_point until, Lifecycle::Overrun overrun)
      : thread_(start_thread("stop-watch", [this, until, overrun = std::move(overrun)] {
          std::string hanging;
          {
            const MutexLock lock(mutex_);
            while (!done_ && condition_.wait_until(mutex_, until)) continue;
            if (done_) return;
            hanging = part_;
          }
          overrun(hanging);
        })) {}

  ~Watchdog() {
    {
      const MutexLock lock(mutex_);
      done_ = true;
    }
    condition_.notify_one();
  }

  void stopping(const std::string& part) {
    const MutexLock lock(mutex_);
    part_ = part;
  }

 private:
  Mutex mutex_;
  Condition condition_;
  bool done_ FP_GUARDED_BY(mutex_) = false;
  std::string part_ FP_GUARDED_BY(mutex_);
  std::jthread thread_;  // last: joined before what it uses goes
};

}  // namespace

Lifecycle::Lifecycle(Log& log, Overrun overrun) : log_(log), overrun_(std::move(overrun)) {
  if (overrun_) return;
  overrun_ = [this](const std::string& part) {
    log_.error("lifecycle", "did not stop in time, ending hard", {{"part", part}});
    std::_Exit(1);
  };
}

Lifecycle::~Lifecycle() { stop(); }

void Lifecycle::add(std::string name, std::function<void()> start, std::function<void()> stop) {
  parts_.push_back({std::move(name), std::move(start), std::move(stop)});
}

void Lifecycle::start() {
  for (; started_ < parts_.size(); ++started_) {
    const Part& part = parts_[started_];
    try {
      if (part.start) part.start();
    } catch (...) {
      log_.error("lifecycle", "did not start", {{"part", part.name}});
      stop();
      throw;
    }
    log_.debug("lifecycle", "started", {{"part", part.name}});
  }
}

void Lifecycle::stop(std::chrono::milliseconds limit) {
  if (started_ == 0) return;
  Watchdog watchdog(std::chrono::steady_clock::now() + limit, overrun_);
  while (started_ > 0) {
    const Part& part = parts_[--started_];
    watchdog.stopping(part.name);
    if (part.stop) part.stop();
    log_.debug("lifecycle", "stopped", {{"part", part.name}});
  }
}

}  // namespace flashpoll::runtime
