#include "tests/infra/http/raw_client.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace flashpoll::http {

namespace {
constexpr std::chrono::seconds kPatience{20};
}

std::string RawResponse::code() const {
  const std::size_t begin = body.find("\"code\":\"");
  if (begin == std::string::npos) return {};
  return body.substr(begin + 8, body.find('"', begin + 8) - begin - 8);
}

RawClient::RawClient(std::uint16_t port, int receive_bytes) {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM, 0);
  if (receive_bytes > 0) {
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

RawClient::RawClient(RawClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), in_(std::move(other.in_)) {}

RawClient::~RawClient() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t RawClient::send_some(std::string_view bytes) {
  const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawClient::readable(std::chrono::milliseconds within) const {
  pollfd waited{descriptor_, POLLIN, 0};
  return ::poll(&waited, 1, static_cast<int>(within.count())) > 0;
}

/// False at the end of the connection.
bool RawClient::read_more() {
  REQUIRE_MESSAGE(readable(kPatience), "nothing came; so far: " << in_);
  std::array<char, 64 * 1024> buffer;
  const ssize_t size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (size > 0) in_.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0;
}

std::string RawClient::until(std::string_view mark) {
  std::size_t found = 0;
  while ((found = in_.find(mark)) == std::string::npos) {
    REQUIRE_MESSAGE(read_more(), "closed before '" << mark << "'; so far: " << in_);
  }
  return exactly(found + mark.size());
}

std::string RawClient::exactly(std::size_t size) {
  while (in_.size() < size) REQUIRE_MESSAGE(read_more(), "closed early; so far: " << in_);
  std::string taken = in_.substr(0, size);
  in_.erase(0, size);
  return taken;
}

std::string RawClient::rest() {
  while (read_more()) {
  }
  return std::exchange(in_, {});
}

bool RawClient::silent_for(std::chrono::milliseconds time) {
  return in_.empty() && !readable(time);
}

void RawClient::end_sending() const { ::shutdown(descriptor_, SHUT_WR); }

RawResponse RawClient::response(bool has_body) {
  RawResponse response;
  response.head = until("\r\n\r\n");
  response.head.resize(response.head.size() - 2);
  REQUIRE(response.head.starts_with("HTTP/1.1 "));
  response.status = std::stoi(response.head.substr(9, 3));
  std::size_t begin = response.head.find("\r\n") + 2;
  while (begin < response.head.size()) {
    const std::size_t end = response.head.find("\r\n", begin);
    const std::size_t colon = response.head.find(": ", begin);
    std::string name = response.head.substr(begin, colon - begin);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    response.fields[name] = response.head.substr(colon + 2, end - colon - 2);
    begin = end + 2;
  }
  const auto length = response.fields.find("content-length");
  if (has_body && length != response.fields.end()) {
    response.body = exactly(std::stoul(length->second));
  }
  return response;
}

RawResponse RawClient::ask(std::string_view bytes, bool has_body) {
  send(bytes);
  return response(has_body);
}

std::string get(std::string_view target, std::string_view fields) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(fields) +
         "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view fields) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

}  // namespace flashpoll::http
