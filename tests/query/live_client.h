#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// A subscriber on a real socket. Every wait ends after 10 s at the latest, and fails the test
/// then.
namespace flashpoll::query::test {

class LiveClient {
 public:
  /// `receive_bytes`: size of the socket's receive buffer; 0: the system's.
  explicit LiveClient(std::uint16_t port, int receive_bytes = 0);
  ~LiveClient();
  LiveClient(const LiveClient&) = delete;
  LiveClient& operator=(const LiveClient&) = delete;

  /// Sends a GET; `headers` are whole lines.
  void get(const std::string& path, const std::string& headers = "");
  /// Sends the handshake of a WebSocket and returns the answer's head.
  std::string upgrade(const std::string& headers = "");

  /// Everything up to and including `mark`.
  std::string read_until(std::string_view mark);
  /// Everything up to the end of the connection.
  std::string read_rest();
  /// Nothing comes within this time.
  bool is_silent_for(std::chrono::milliseconds wait);

  struct Closed {
    int code = 0;
  };
  using Heard = std::variant<std::string, Closed>;
  /// One text message of the WebSocket, masked as clients must. At most 64 KiB.
  void say(std::string_view text);
  Heard hear();

 private:
  void send(std::string_view bytes);
  /// False: the connection has ended.
  bool fill(std::chrono::milliseconds wait);
  std::string take(std::size_t size);

  int socket_;
  std::string buffer_;
};

}  // namespace flashpoll::query::test
