#include "infra/bench/load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace flashpoll::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kAnswerWithin = std::chrono::seconds(15);

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string("load: ") + what + ": " + std::strerror(errno));
}

Clock::duration to_duration(double seconds) {
  return std::chrono::ceil<Clock::duration>(std::chrono::duration<double>(seconds));
}

struct Connection {
  int fd = -1;
  Time due;
  std::string received;
};

class Run {
 public:
  Run(const Load& load, Requests& requests)
      : load_(load),
        requests_(requests),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        connections_(static_cast<std::size_t>(load.connections)) {
    if (epoll_ < 0) fail("epoll_create1");
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connect(i);
      idle_.push_back(connections_.size() - 1 - i);
    }
  }
  ~Run() {
    for (const Connection& connection : connections_) {
      if (connection.fd >= 0) ::close(connection.fd);
    }
    ::close(epoll_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  LoadFigures run() {
    begin_ = Clock::now();
    end_ = begin_ + to_duration(load_.seconds);
    measure_from_ = begin_ + to_duration(load_.discard_seconds);
    for (Time now = begin_; now < end_; now = Clock::now()) {
      if (!measuring_ && now >= measure_from_) begin_measuring();
      send_what_is_due(now);
      receive(wait(Clock::now()));
    }
    end_measuring();
    take_the_rest();
    return std::move(figures_);
  }

 private:
  void connect(std::size_t index) {
    Connection& connection = connections_[index];
    connection.fd = connect_to(load_.port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event) != 0) fail("epoll_ctl");
  }

  /// What becomes due during the look at the servers waits for us, not for them. Measured is for as
  /// long as was asked for, whatever that took.
  void begin_measuring() {
    if (load_.at_begin) load_.at_begin();
    measuring_ = true;
    measure_from_ = Clock::now();
    end_ = measure_from_ + to_duration(load_.seconds - load_.discard_seconds);
  }

  void end_measuring() {
    const Time now = Clock::now();
    measuring_ = false;
    figures_.measured_seconds = seconds_between(measure_from_, now);
    if (load_.at_end) load_.at_end();
    if (load_.rate <= 0) return;
    const auto all = static_cast<std::uint64_t>(seconds_between(begin_, end_) * load_.rate);
    figures_.unsent = all > sent_ ? all - sent_ : 0;
  }

  void take_the_rest() {
    const Time until = Clock::now() + kAnswerWithin;
    while (idle_.size() < connections_.size()) {
      if (Clock::now() > until) throw std::runtime_error("load: answers did not come");
      receive(std::chrono::milliseconds(100));
    }
  }

  [[nodiscard]] Time next_due() const {
    return begin_ + to_duration(static_cast<double>(sent_) / load_.rate);
  }

  void send_what_is_due(Time now) {
    while (!idle_.empty()) {
      const Time due = load_.rate > 0 ? next_due() : now;
      if (due > now) return;
      send(connections_[idle_.back()], due);
      idle_.pop_back();
    }
  }

  void send(Connection& connection, Time due) {
    const std::string_view request = requests_.next();
    if (::send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      fail("send");
    }
    connection.due = due;
    ++sent_;
  }

  /// Until the next request is due, or something may have come.
  [[nodiscard]] std::chrono::nanoseconds wait(Time now) const {
    const std::chrono::nanoseconds most = std::chrono::milliseconds(10);
    if (load_.rate <= 0 || idle_.empty()) return most;
    return std::clamp<std::chrono::nanoseconds>(next_due() - now, {}, most);
  }

  void receive(std::chrono::nanoseconds wait) {
    std::array<epoll_event, 256> events;
    const timespec limit{.tv_sec = 0, .tv_nsec = wait.count()};
    const int count =
        ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
    for (int i = 0; i < count; ++i) take(events[static_cast<std::size_t>(i)].data.u64);
  }

  void take(std::size_t index) {
    Connection& connection = connections_[index];
    std::array<char, 16'384> buffer;
    const ssize_t size = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) fail("a connection was closed");
    std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    if (!connection.received.empty() || whole_answer(text) == 0) {
      text = connection.received.append(text);
      if (whole_answer(text) == 0) return;
    }
    count({.status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0'),
           .text = text,
           .due = connection.due,
           .at = Clock::now()});
    connection.received.clear();
    idle_.push_back(index);
    if (!load_.reconnect) return;
    ::close(connection.fd);
    connect(index);
  }

  void count(const Answer& answer) {
    if (answer.status == 201) ++figures_.created;
    if (load_.on_answer) load_.on_answer(answer);
    if (!measuring_) return;
    const bool good = answer.status < 400;
    ++(good ? figures_.measured : figures_.refused);
    if (answer.due < measure_from_) return;
    (good ? figures_.latencies : figures_.refusals).add(ns_between(answer.due, answer.at));
  }

  const Load& load_;
  Requests& requests_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::vector<std::size_t> idle_;
  std::uint64_t sent_ = 0;
  bool measuring_ = false;
  Time begin_, measure_from_, end_;
  LoadFigures figures_;
};

}  // namespace

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

std::size_t whole_answer(std::string_view text) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string_view::npos || text.size() < 12) return 0;
  if (text.substr(9, 3) == "304" || text.substr(9, 3) == "204") return head + 4;
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t at = text.substr(0, head).find(kLength);
  if (at == std::string_view::npos) throw std::runtime_error("an answer without Content-Length");
  std::size_t length = 0;
  const std::string_view digits = text.substr(at + kLength.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const std::size_t whole = head + 4 + length;
  return text.size() >= whole ? whole : 0;
}

LoadFigures run(const Load& load, Requests& requests) { return Run(load, requests).run(); }

}  // namespace flashpoll::bench
