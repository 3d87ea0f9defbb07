#include "infra/bench/vote_load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string_view>

namespace flashpoll::bench {

namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

constexpr std::string_view kIdDigits = "00000000-0000-4000-8000-000000000000";

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

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

/// One request text; each vote only writes its number into it.
class Requests {
 public:
  explicit Requests(const VoteLoad& load) {
    const std::string body = R"({"choices":[0],"vote_id":")" + std::string(kIdDigits) + R"("})";
    text_ = "POST /v1/polls/" + load.poll + "/votes HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
            "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n\r\n" + body;
    id_ = text_.size() - 2 - kIdDigits.size();
    std::random_device device;
    put(device(), 0, 8);
  }

  std::string_view next() {
    ++number_;
    put(number_ & 0xFFFFFFFF, 28, 8);
    put(number_ >> 32, 24, 4);
    return text_;
  }

 private:
  void put(std::uint64_t value, std::size_t place, int digits) {
    for (int i = digits - 1; i >= 0; --i, value >>= 4) {
      text_[id_ + place + static_cast<std::size_t>(i)] = "0123456789abcdef"[value & 15];
    }
  }

  std::string text_;
  std::size_t id_ = 0;
  std::uint64_t number_ = 0;
};

struct Connection {
  int fd = -1;
  bool busy = false;
  Time since;  ///< when its vote was due
  std::string received;
};

/// Length of the first whole answer in the text; 0 when it is not whole.
std::size_t whole_answer(std::string_view text) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t at = text.substr(0, head).find(kLength);
  if (at == std::string_view::npos) throw std::runtime_error("an answer without Content-Length");
  std::size_t length = 0;
  const std::string_view digits = text.substr(at + kLength.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const std::size_t whole = head + 4 + length;
  return text.size() >= whole ? whole : 0;
}

class Run {
 public:
  explicit Run(const VoteLoad& load)
      : load_(load), requests_(load), connections_(static_cast<std::size_t>(load.connections)) {
    poll_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (poll_ < 0) fail("epoll_create1");
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].fd = connect_to(load.port);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (::epoll_ctl(poll_, EPOLL_CTL_ADD, connections_[i].fd, &event) != 0) fail("epoll_ctl");
    }
  }
  ~Run() {
    for (const Connection& connection : connections_) {
      if (connection.fd >= 0) ::close(connection.fd);
    }
    ::close(poll_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  VoteFigures run() {
    begin_ = Clock::now();
    end_ = begin_ + to_duration(load_.seconds);
    measure_from_ = begin_ + to_duration(std::min(load_.discard_seconds, load_.seconds / 2));
    while (Clock::now() < end_ || busy_ > 0) {
      send_what_is_due();
      receive(wait_ms());
    }
    figures_.measured_seconds = std::chrono::duration<double>(end_ - measure_from_).count();
    std::sort(figures_.latencies_us.begin(), figures_.latencies_us.end());
    return std::move(figures_);
  }

 private:
  static Clock::duration to_duration(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

  [[nodiscard]] Time due(std::uint64_t number) const {
    return begin_ + to_duration(static_cast<double>(number) / load_.rate);
  }

  void send_what_is_due() {
    const Time now = Clock::now();
    for (Connection& connection : connections_) {
      if (now >= end_) return;
      if (connection.busy) continue;
      if (load_.rate > 0 && due(sent_) > now) return;
      send(connection, load_.rate > 0 ? due(sent_) : now);
    }
  }

  void send(Connection& connection, Time since) {
    const std::string_view request = requests_.next();
    if (::send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      fail("send");
    }
    connection.busy = true;
    connection.since = since;
    ++busy_;
    ++sent_;
  }

  [[nodiscard]] int wait_ms() const {
    if (load_.rate <= 0) return 100;
    return busy_ < connections_.size() ? 0 : 1;
  }

  void receive(int wait) {
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), wait);
    for (int i = 0; i < count; ++i) take_answer(connections_[events[i].data.u64]);
  }

  void take_answer(Connection& connection) {
    std::array<char, 4096> buffer;
    const ssize_t size = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) fail("recv");
    connection.received.append(buffer.data(), static_cast<std::size_t>(size));
    const std::size_t whole = whole_answer(connection.received);
    if (whole == 0) return;
    const bool counted = connection.received.compare(9, 3, "201") == 0;
    connection.received.erase(0, whole);
    connection.busy = false;
    --busy_;
    ++(counted ? figures_.counted : figures_.refused);
    const Time now = Clock::now();
    if (!counted || connection.since < measure_from_ || now > end_) return;
    ++figures_.measured;
    figures_.latencies_us.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now - connection.since).count()));
  }

  const VoteLoad& load_;
  Requests requests_;
  std::vector<Connection> connections_;
  int poll_ = -1;
  std::size_t busy_ = 0;
  std::uint64_t sent_ = 0;
  Time begin_, measure_from_, end_;
  VoteFigures figures_;
};

}  // namespace

VoteFigures run(const VoteLoad& load) { return Run(load).run(); }

}  // namespace flashpoll::bench
