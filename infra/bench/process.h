#pragma once

#include <sched.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "tests/support/child.h"

/// Processes that are measured: started pinned, looked at through /proc, stopped by their pids.
namespace flashpoll::bench {

/// While it lives, what this thread starts may run on this core only; nothing, on every core.
class Pinned {
 public:
  explicit Pinned(std::optional<int> core);
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_;
};

/// One child. It is killed with this object, and ends with the thread that started it. One thread.
class Process {
 public:
  /// `log`: where its output goes.
  Process(const test::Words& command, std::string log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();
  /// Sends SIGTERM and waits; kills after 60 s. The exit code, -1 when a signal ended it.
  int end();
  /// Waits until it ends by itself, at most so long; then it is killed, which is -1, too.
  int wait(std::chrono::seconds limit);
  [[nodiscard]] std::string output() const;

 private:
  const std::string log_;
  pid_t pid_;
  int code_ = -1;
};

/// What processes have used since they began.
struct Usage {
  double cpu_seconds = 0;  ///< user and system
  double rss_mb = 0;       ///< now
  double switches = 0;     ///< of context, wanted and not, of the threads that live

  Usage& operator+=(const Usage& other);
};

/// By /proc/PID/stat, to a hundredth of a second, and status. Zeros for a pid of 0 or one that is
/// gone.
[[nodiscard]] Usage usage_of(pid_t pid);
/// With its children, also those that have ended.
[[nodiscard]] Usage usage_of_tree(pid_t pid);

/// Of all children of this process that have ended.
[[nodiscard]] double children_cpu_seconds();

/// This program, to be started again in another part.
[[nodiscard]] std::string own_path();

/// A port of 127.0.0.1 where nobody listens just now, below those that the kernel hands out.
[[nodiscard]] std::uint16_t free_port();

/// Asks every 10 ms. Throws std::runtime_error after `limit`.
void wait_until(const char* what, std::chrono::seconds limit, const std::function<bool()>& is_so);

}  // namespace flashpoll::bench
