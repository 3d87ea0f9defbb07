#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace flashpoll::bench {

/// The bare loop of a baseline: accepts on 127.0.0.1, reads, hands over. Ends with its process. One
/// thread; several may listen on one port.
class EpollServer {
 public:
  /// `on_bytes`: what a connection has sent, at most 16 KiB at a time.
  using OnBytes = std::function<void(int fd, std::string_view bytes)>;

  EpollServer(std::uint16_t port, OnBytes on_bytes);

  /// Waits so long at most for something to come; -1: without end.
  void round(int wait_ms);

 private:
  void accept_one();

  OnBytes on_bytes_;
  int listener_;
  int epoll_;
};

/// How many whole HTTP requests the bytes hold; those of the bench come whole.
[[nodiscard]] int whole_requests(std::string_view bytes);

/// Sends all of it; gives up on a connection that is gone.
void send_all(int fd, std::string_view bytes);

}  // namespace flashpoll::bench
