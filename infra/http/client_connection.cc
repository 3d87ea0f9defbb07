#include "infra/http/client_connection.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "infra/runtime/fault.h"

namespace flashpoll::http {

Url::Url(std::string_view text) {
  static constexpr std::string_view kScheme = "http://";
  const std::string given(text);
  if (!text.starts_with(kScheme)) throw Misconfigured("'" + given + "' is no http:// URL");
  text.remove_prefix(kScheme.size());
  text = text.substr(0, text.find('#'));
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  authority = text.substr(0, end);
  target = text.substr(end);
  if (!target.starts_with('/')) target.insert(0, "/");
  const bool visible = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  host = authority.substr(0, colon);
  port = colon == std::string::npos ? "80" : authority.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const bool digits =
      !port.empty() && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  if (!visible || !digits || host.empty() || host.find('@') != std::string::npos) {
    throw Misconfigured("'" + given + "' is no http:// URL");
  }
}

ClientConnection::ClientConnection(const Url& url, Deadline deadline) : peer_(url.authority) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found)) {
    fail(gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    if (connect_to(*address, deadline)) return;
  }
  fail(std::strerror(errno));
}

ClientConnection::~ClientConnection() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void ClientConnection::fail(std::string_view what) const {
  throw Unavailable("no answer from " + peer_ + ": " + std::string(what));
}

bool ClientConnection::connect_to(const addrinfo& address, Deadline deadline) {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return false;
  if (::connect(descriptor_, address.ai_addr, address.ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS) return false;
  wait(POLLOUT, deadline);
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
  errno = error;
  return error == 0;
}

bool ClientConnection::wait_for_events(short events, Deadline deadline) const {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waited{descriptor_, events, 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) fail(std::strerror(errno));
  }
}

void ClientConnection::wait(short events, Deadline deadline) const {
  if (!wait_for_events(events, deadline)) fail("timed out");
}

bool ClientConnection::wait_for(bool to_send, Deadline deadline) const {
  return wait_for_events(static_cast<short>(to_send ? POLLIN | POLLOUT : POLLIN), deadline);
}

void ClientConnection::send(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    bytes.remove_prefix(send_some(bytes));
    if (!bytes.empty()) wait(POLLOUT, deadline);
  }
}

std::size_t ClientConnection::send_some(std::string_view bytes) {
  while (true) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN) return 0;
    // Refused before it was all sent: the answer may be there.
    if (errno == EPIPE || errno == ECONNRESET) return bytes.size();
    if (errno != EINTR) fail(std::strerror(errno));
  }
}

bool ClientConnection::receive(std::string& into, Deadline deadline) {
  while (true) {
    const Came came = receive_some(into);
    if (came != Came::nothing) return came == Came::bytes;
    wait(POLLIN, deadline);
  }
}

ClientConnection::Came ClientConnection::receive_some(std::string& into) {
  std::array<char, 16 * 1024> buffer;
  while (true) {
    const ssize_t size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (size > 0) into.append(buffer.data(), static_cast<std::size_t>(size));
    if (size >= 0) return size > 0 ? Came::bytes : Came::end;
    if (errno == EAGAIN) return Came::nothing;
    if (errno != EINTR) fail(std::strerror(errno));
  }
}

}  // namespace flashpoll::http
