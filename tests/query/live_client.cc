#include "tests/query/live_client.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace flashpoll::query::test {

namespace {

constexpr std::chrono::milliseconds kPatience{10'000};
constexpr int kText = 1;
constexpr int kClose = 8;

}  // namespace

LiveClient::LiveClient(std::uint16_t port, int receive_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  if (receive_bytes > 0) {
    (void)::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket_, generic, sizeof address) != 0) throw std::runtime_error("not connected");
}

LiveClient::~LiveClient() { ::close(socket_); }

void LiveClient::get(const std::string& path, const std::string& headers) {
  send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
}

std::string LiveClient::upgrade(const std::string& headers) {
  get("/v1/ws",
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Protocol: flashpoll.v1+json\r\n" +
          headers);
  return read_until("\r\n\r\n");
}

void LiveClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("not sent");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool LiveClient::fill(std::chrono::milliseconds wait) {
  pollfd descriptor{socket_, POLLIN, 0};
  if (::poll(&descriptor, 1, static_cast<int>(wait.count())) <= 0)
    throw std::runtime_error("nothing came in time; so far: " + buffer_);
  std::array<char, 65'536> bytes;
  const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::string LiveClient::take(std::size_t size) {
  std::string taken = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return taken;
}

std::string LiveClient::read_until(std::string_view mark) {
  std::size_t at = 0;
  while ((at = buffer_.find(mark)) == std::string::npos)
    if (!fill(kPatience)) throw std::runtime_error("the connection ended after: " + buffer_);
  return take(at + mark.size());
}

std::string LiveClient::read_rest() {
  while (fill(kPatience)) {
  }
  return take(buffer_.size());
}

bool LiveClient::is_silent_for(std::chrono::milliseconds wait) {
  pollfd descriptor{socket_, POLLIN, 0};
  return buffer_.empty() && ::poll(&descriptor, 1, static_cast<int>(wait.count())) == 0;
}

void LiveClient::say(std::string_view text) {
  std::string frame{static_cast<char>(0x80 | kText)};
  if (text.size() < 126) {
    frame += static_cast<char>(0x80 | text.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size() & 0xff);
  }
  frame += std::string(4, '\0');  // a mask of zeros changes nothing
  send(frame += text);
}

LiveClient::Heard LiveClient::hear() {
  const auto need = [&](std::size_t size) {
    while (buffer_.size() < size)
      if (!fill(kPatience)) throw std::runtime_error("the connection ended within a frame");
  };
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(buffer_[at]); };
  need(2);
  const int opcode = byte(0) & 0x0f;
  std::size_t head = 2;
  std::size_t size = byte(1);
  REQUIRE(size <= 126);
  if (size == 126) {
    need(4);
    size = std::size_t{byte(2)} << 8 | byte(3);
    head = 4;
  }
  need(head + size);
  (void)take(head);
  const std::string payload = take(size);
  if (opcode == kText) return payload;
  REQUIRE(opcode == kClose);
  REQUIRE(payload.size() >= 2);
  return Closed{static_cast<unsigned char>(payload[0]) << 8 |
                static_cast<unsigned char>(payload[1])};
}

}  // namespace flashpoll::query::test
