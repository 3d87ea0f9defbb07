#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "infra/http/router.h"

namespace flashpoll::http {

struct Limits {
  std::size_t header_bytes = 8 * 1024;  ///< request line and fields; 431
  std::size_t target_bytes = 2 * 1024;  ///< 414
  std::size_t connections = 20'000;     ///< further ones get 503 and are closed
  /// Socket send buffer of a subscriber: what one who never reads costs, twice that in the kernel.
  int channel_send_bytes = 32 * 1024;
  std::size_t message_bytes = 1024;  ///< one WebSocket message; close code 1009
};

struct Timeouts {
  std::chrono::milliseconds header{5'000};  ///< from the first byte to the end of the head; 408
  /// A body may take this long, and a second more for each `body_bytes_per_s` of it; 408.
  std::chrono::milliseconds body{5'000};
  std::size_t body_bytes_per_s = 1024;
  std::chrono::milliseconds write{10'000};  ///< without the peer taking a byte, or a whole frame
  std::chrono::milliseconds idle{30'000};   ///< between requests
  std::chrono::milliseconds linger{800};    ///< from our end of sending to the close
  std::chrono::milliseconds heartbeat{15'000};  ///< server-sent events
  std::chrono::milliseconds ping{25'000};       ///< WebSocket; no answer until the next: dropped
  std::chrono::milliseconds tick{100};          ///< how coarse all of them are
};

/// One answered request, for metrics. Never holds a path, an address or a header.
struct Answered {
  std::string_view method;
  std::string_view pattern;  ///< the route's; empty when no route was found
  int status;
  std::chrono::microseconds took;  ///< from the whole request to the answer
};

struct ServerConfig {
  std::string address = "127.0.0.1";  ///< numeric, IPv4 or IPv6
  std::uint16_t port = 0;             ///< 0: any free one
  int threads = 2;
  std::string name = "http";  ///< of the threads
  Limits limits;
  Timeouts timeouts;
  std::vector<Header> headers;       ///< in every answer, such as X-Content-Type-Options
  std::vector<std::string> proxies;  ///< whose X-Forwarded-For counts: addresses or CIDR blocks
  /// What a handler threw, or dropped; on an I/O thread. `what` may name settings: for the log
  /// only.
  std::function<void(std::string_view pattern, std::string_view what)> on_fault;
  std::function<void(const Answered&)> on_answered;  ///< on an I/O thread
};

/// An HTTP/1.1 server: so many I/O threads, each with its own event loop, listening socket and
/// connections. A request is served after the one before it on its connection was answered.
/// Handlers and channel events run on the I/O thread of their connection and must not block.
class Server {
 public:
  Server(ServerConfig config, Router router);
  /// Drops what is still open and joins the threads. Exchanges and channels that outlive the server
  /// do nothing any more.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens and starts the threads. Throws Misconfigured when the address cannot be used.
  void start();
  [[nodiscard]] std::uint16_t port() const;
  /// Open connections, channels among them. Any thread.
  [[nodiscard]] std::size_t connections() const;

  /// No new connections from now on. Any thread, more than once.
  void stop_accepting();
  /// Closes what is idle, ends event streams, closes WebSockets with 1001, lets requests on their
  /// way be answered, and waits. True when all are gone at the deadline. Not on an I/O thread.
  bool drain(std::chrono::milliseconds deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flashpoll::http
