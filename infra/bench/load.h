#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "infra/bench/histogram.h"

/// The load generator: requests that are written beforehand, over kept connections to 127.0.0.1,
/// from one thread on epoll.
namespace flashpoll::bench {

using Time = std::chrono::steady_clock::time_point;
[[nodiscard]] inline double seconds_between(Time from, Time to) {
  return std::chrono::duration<double>(to - from).count();
}
[[nodiscard]] inline std::uint64_t ns_between(Time from, Time to) {
  return to > from ? static_cast<std::uint64_t>((to - from).count()) : 0;
}

class Requests {
 public:
  virtual ~Requests() = default;
  /// The next one, whole; lives until the next call.
  virtual std::string_view next() = 0;
};

struct Answer {
  int status = 0;
  std::string_view text;  ///< head and body
  Time due;               ///< when its request was to be sent (open loop), or was sent
  Time at;
};

struct Load {
  std::uint16_t port = 0;
  int connections = 64;
  double seconds = 10;
  double discard_seconds = 3;  ///< at the beginning, not measured
  /// Open loop: requests a second, each sent when it is due, whether or not those before are
  /// answered, as long as a connection is free; its time counts from then. 0: closed loop, a
  /// connection sends when its last request is answered.
  double rate = 0;
  bool reconnect = false;  ///< a new connection for each request
  /// At both ends of what is measured.
  std::function<void()> at_begin = {};
  std::function<void()> at_end = {};
  std::function<void(const Answer&)> on_answer = {};
};

struct LoadFigures {
  std::uint64_t created = 0;   ///< answered 201, the whole time
  std::uint64_t measured = 0;  ///< answered below 400 while it was measured
  std::uint64_t refused = 0;   ///< answered otherwise meanwhile
  std::uint64_t unsent = 0;    ///< due, but never sent: no connection was free
  double measured_seconds = 0;
  Histogram latencies;  ///< of those that were due while it was measured, too
  Histogram refusals;
};

/// Throws std::runtime_error when a connection breaks, or an answer does not come within 15 s.
[[nodiscard]] LoadFigures run(const Load& load, Requests& requests);

/// A blocking socket that sends without delay. Throws std::runtime_error.
[[nodiscard]] int connect_to(std::uint16_t port);

/// Length of the first whole answer in the text; 0 when it is not whole.
[[nodiscard]] std::size_t whole_answer(std::string_view text);

}  // namespace flashpoll::bench
