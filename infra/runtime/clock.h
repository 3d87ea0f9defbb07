#pragma once

#include <atomic>
#include <cstdint>

namespace flashpoll::runtime {

/// The time, as a port: whoever needs it gets a Clock. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Unix time. May step in both directions.
  [[nodiscard]] virtual std::int64_t wall_ms() const = 0;
  /// Since an unknown moment; never steps back. For durations and deadlines.
  [[nodiscard]] virtual std::int64_t monotonic_ms() const = 0;
};

/// The machine's time. `wall_offset_ms` makes the wall clock wrong by that much (setting
/// `clock_offset_ms`): tests run a node whose clock is off.
class SystemClock final : public Clock {
 public:
  explicit SystemClock(std::int64_t wall_offset_ms = 0) : wall_offset_ms_(wall_offset_ms) {}
  [[nodiscard]] std::int64_t wall_ms() const override;
  [[nodiscard]] std::int64_t monotonic_ms() const override;

 private:
  const std::int64_t wall_offset_ms_;
};

/// Stands still until told otherwise. For tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t wall_ms = 0) : wall_ms_(wall_ms) {}
  [[nodiscard]] std::int64_t wall_ms() const override { return wall_ms_; }
  [[nodiscard]] std::int64_t monotonic_ms() const override { return monotonic_ms_; }

  /// Both clocks go on.
  void advance(std::int64_t ms) {
    wall_ms_ += ms;
    monotonic_ms_ += ms;
  }
  /// Only the wall clock moves, also back, as after a correction.
  void set_wall(std::int64_t ms) { wall_ms_ = ms; }

 private:
  std::atomic<std::int64_t> wall_ms_;
  std::atomic<std::int64_t> monotonic_ms_ = 0;
};

}  // namespace flashpoll::runtime
