#pragma once

#include <functional>
#include <thread>

namespace flashpoll::runtime {

/// Blocks SIGTERM and SIGINT for the calling thread and all that it starts later, and ignores
/// SIGPIPE. Call it in `main` before the first thread.
void block_stop_signals();

/// Waits for SIGTERM and SIGINT on a thread of its own. The first one calls `on_stop(signal)`
/// there, a second one ends the process at once. Needs `block_stop_signals` before.
class StopSignals {
 public:
  explicit StopSignals(std::function<void(int signal)> on_stop);
  /// Joins the thread.
  ~StopSignals();

 private:
  int signals_;
  int quit_;
  std::jthread thread_;
};

}  // namespace flashpoll::runtime
