#pragma once

#include <chrono>
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

 private:
  bool connect_to(const addrinfo& address, Deadline deadline);
  void wait(short events, Deadline deadline) const;
  [[noreturn]] void fail(std::string_view what) const;

  std::string peer_;
  int descriptor_ = -1;
};

}  // namespace flashpoll::http
