#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "infra/bench/load.h"

namespace flashpoll::bench {

/// How frames come.
enum class Stream : std::uint8_t {
  events,          ///< server-sent events behind an HTTP head: a frame ends with an empty line
  websocket,       ///< frames of RFC 6455 behind an HTTP head
  bare_events,     ///< without the head
  bare_websocket,  ///< likewise
};

/// A frame with a result, at one subscriber.
struct Arrival {
  Time at;
  std::uint32_t subscriber = 0;
  std::uint64_t seq = 0;
};

/// Many who watch one poll, on one thread with epoll, which runs where the thread that makes them
/// may. They count what comes. What `hello` says is sent first; `subscription` behind the answer to
/// it.
class Subscribers {
 public:
  /// Returns when each has got its first frame, or at once when none comes by itself (bare).
  Subscribers(std::uint16_t port, int count, Stream stream, std::string hello,
              std::string subscription = {});
  ~Subscribers();
  Subscribers(const Subscribers&) = delete;
  Subscribers& operator=(const Subscribers&) = delete;

  /// Frames with a result that came so far.
  [[nodiscard]] std::uint64_t frames() const { return frames_; }

  /// Ends the thread. Then:
  void stop();
  [[nodiscard]] const std::vector<Arrival>& arrivals() const { return arrivals_; }
  /// One frame as it came.
  [[nodiscard]] const std::string& sample() const { return sample_; }

 private:
  struct Subscriber {
    int fd = -1;
    bool in_stream = false;  ///< the head is behind
    std::string received;
  };

  void run(const std::stop_token& stop);
  void take(std::uint32_t index);
  /// Takes what is whole off the front; false when nothing is.
  bool take_head(Subscriber& subscriber);
  bool take_frame(std::uint32_t index, std::string_view& rest);
  void note(std::uint32_t index, std::string_view frame);

  const Stream stream_;
  const std::string subscription_;
  const int epoll_;
  std::vector<Subscriber> subscribers_;
  std::atomic<std::uint64_t> frames_ = 0;
  std::vector<Arrival> arrivals_;
  std::string sample_;
  std::jthread thread_;
};

/// A client's frame with a short text or, for `opcode` 10, a pong. The mask is zero.
[[nodiscard]] std::string client_frame(int opcode, std::string_view payload);

}  // namespace flashpoll::bench
