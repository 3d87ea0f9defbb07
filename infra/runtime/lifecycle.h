#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "infra/runtime/log.h"

namespace flashpoll::runtime {

/// The parts of a process, started in the order they were added and stopped in the reverse one.
/// One thread.
class Lifecycle {
 public:
  /// Called on another thread when stopping takes too long, with the part that hangs.
  using Overrun = std::function<void(const std::string& part)>;

  /// Without `overrun` the part is logged and the process ends with 1: a hard end loses nothing
  /// that was acknowledged, an endless stop blocks the next start.
  explicit Lifecycle(Log& log, Overrun overrun = {});
  /// Stops what still runs.
  ~Lifecycle();
  Lifecycle(const Lifecycle&) = delete;
  Lifecycle& operator=(const Lifecycle&) = delete;

  /// `stop` must not throw, and is called only if `start` returned. Either may be empty.
  void add(std::string name, std::function<void()> start, std::function<void()> stop);

  /// Starts all parts. When one throws, those before it are stopped and the fault goes on.
  void start();

  /// Stops all started parts within `limit`. A second call does nothing.
  void stop(std::chrono::milliseconds limit = std::chrono::seconds(10));

 private:
  struct Part {
    std::string name;
    std::function<void()> start;
    std::function<void()> stop;
  };

  Log& log_;
  Overrun overrun_;
  std::vector<Part> parts_;
  std::size_t started_ = 0;
};

}  // namespace flashpoll::runtime
