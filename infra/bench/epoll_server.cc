#include "infra/bench/epoll_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace flashpoll::bench {

namespace {

int listen_on(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd, 4096) != 0) {
    throw std::runtime_error("cannot listen on port " + std::to_string(port));
  }
  return fd;
}

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) throw std::runtime_error("epoll_ctl");
}

}  // namespace

EpollServer::EpollServer(std::uint16_t port, OnBytes on_bytes)
    : on_bytes_(std::move(on_bytes)),
      listener_(listen_on(port)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  watch(epoll_, listener_);
}

void EpollServer::accept_one() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(epoll_, fd);
}

void EpollServer::round(int wait_ms) {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms);
  for (int i = 0; i < count; ++i) {
    const int fd = events[static_cast<std::size_t>(i)].data.fd;
    if (fd == listener_) {
      accept_one();
      continue;
    }
    std::array<char, 16'384> buffer;
    const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      ::close(fd);
    } else {
      on_bytes_(fd, {buffer.data(), static_cast<std::size_t>(size)});
    }
  }
}

int whole_requests(std::string_view bytes) {
  int whole = 0;
  for (;;) {
    const std::size_t head = bytes.find("\r\n\r\n");
    if (head == std::string_view::npos) return whole;
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t at = bytes.substr(0, head).find(kLength);
    std::size_t length = 0;
    if (at != std::string_view::npos) {
      const char* digits = bytes.data() + at + kLength.size();
      std::from_chars(digits, bytes.data() + head, length);
    }
    if (bytes.size() < head + 4 + length) return whole;
    bytes.remove_prefix(head + 4 + length);
    ++whole;
  }
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace flashpoll::bench
