#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

struct addrinfo;

namespace flashpoll::http {

using Deadline = std::chrono::steady_clock::time_point;

/// `http://host:port/path?query`, taken apart. Throws Misconfigured.
struct Url {
  explicit Url(std::string_view text);

  std::string authority;  ///< for Host
  std::string host;       ///< without the brackets of IPv6
  std::string port;
  std::string target;
};

/// A TCP connection that blocks, but never beyond a deadline. Throws Unavailable.
class ClientConnection {
 public:
  ClientConnection(const Url& url, Deadline deadline);
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  void send(std::string_view bytes, Deadline deadline);
  /// Appends what came, at least one byte; false when the server has ended the connection.
  [[nodiscard]] bool receive(std::string& into, Deadline deadline);

  /// How much of it the kernel takes now.
  [[nodiscard]] std::size_t send_some(std::string_view bytes);
  enum class Came : std::uint8_t { bytes, nothing, end };
  /// Appends what is there now.
  [[nodiscard]] Came receive_some(std::string& into);
  /// Waits until something came, or can be sent where that is asked for. False at the deadline.
  [[nodiscard]] bool wait_for(bool to_send, Deadline deadline) const;

 private:
  bool connect_to(const addrinfo& address, Deadline deadline);
  [[nodiscard]] bool wait_for_events(short events, Deadline deadline) const;
  void wait(short events, Deadline deadline) const;
  [[noreturn]] void fail(std::string_view what) const;

  std::string peer_;
  int descriptor_ = -1;
};

}  // namespace flashpoll::http
