#include "infra/bench/load.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <atomic>

#include "infra/bench/epoll_server.h"
#include "infra/bench/process.h"
#include "infra/runtime/thread.h"

namespace flashpoll::bench {

namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kGood = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
constexpr std::string_view kBad = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";

class Same final : public Requests {
 public:
  std::string_view next() override { return kRequest; }
};

/// Answers on a thread of its own as it is told.
class Server {
 public:
  explicit Server(std::function<void(int fd)> answer)
      : port_(free_port()),
        thread_(runtime::start_thread("server", [this, answer](const std::stop_token& stop) {
          EpollServer server(port_, [&](int fd, std::string_view bytes) {
            for (int left = whole_requests(bytes); left > 0; --left) answer(fd);
          });
          listens_ = true;
          listens_.notify_one();
          while (!stop.stop_requested()) server.round(10);
        })) {
    listens_.wait(false);
  }

  [[nodiscard]] Load load(double seconds) const {
    Load load;
    load.port = port_;
    load.seconds = seconds;
    load.discard_seconds = 0;
    return load;
  }

 private:
  const std::uint16_t port_;
  std::atomic<bool> listens_ = false;
  std::jthread thread_;
};

void stall(int ms) { ::poll(nullptr, 0, ms); }

}  // namespace

TEST_CASE("closed loop: every connection sends again when it is answered") {
  std::atomic<int> asked = 0;
  const Server server([&](int fd) {
    ++asked;
    send_all(fd, kGood);
  });
  Same requests;
  Load load = server.load(0.3);
  load.connections = 5;
  const LoadFigures figures = run(load, requests);
  CHECK(figures.created == static_cast<std::uint64_t>(asked));
  CHECK(figures.measured > 100);
  CHECK(figures.measured <= figures.created);
  CHECK(figures.refused == 0);
  CHECK(figures.measured_seconds >= 0.3);
}

TEST_CASE("open loop: what a stall holds up counts from the moment when it was due") {
  int asked = 0;
  const Server server([&](int fd) {
    if (++asked == 50) stall(300);
    send_all(fd, kGood);
  });
  Same requests;
  Load load = server.load(1);
  load.connections = 1;
  load.rate = 500;
  const LoadFigures figures = run(load, requests);
  CHECK(figures.latencies.max_ms() >= 300);
  // Of 500 requests 150 became due meanwhile; a closed loop would have seen one late answer.
  CHECK(figures.latencies.percentile_ms(0.85) >= 50);
}

TEST_CASE("refusals are counted apart, and requests without a free connection are named") {
  int asked = 0;
  const Server server([&](int fd) { send_all(fd, ++asked % 4 == 0 ? kBad : kGood); });
  Same requests;
  Load load = server.load(0.3);
  load.connections = 1;
  const LoadFigures figures = run(load, requests);
  CHECK(figures.refused > 0);
  // The very first may have been due before it was measured.
  const std::uint64_t timed = figures.refusals.count() + figures.latencies.count();
  CHECK(timed <= figures.measured + figures.refused);
  CHECK(timed + 1 >= figures.measured + figures.refused);
  CHECK(figures.refusals.count() == doctest::Approx(timed / 4.0).epsilon(0.05));

  load.rate = 1e7;  // more than one connection can carry
  CHECK(run(load, requests).unsent > 1'000'000);
}

TEST_CASE("answers are whole only with their bodies") {
  CHECK(whole_answer(kGood) == kGood.size());
  CHECK(whole_answer(kGood.substr(0, kGood.size() - 1)) == 0);
  constexpr std::string_view kUnchanged = "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n";
  CHECK(whole_answer(kUnchanged) == kUnchanged.size());
  CHECK_THROWS((void)whole_answer("HTTP/1.1 200 OK\r\n\r\n"));
}

TEST_CASE("requests are whole only with their bodies") {
  CHECK(whole_requests(kRequest) == 1);
  CHECK(whole_requests(std::string(kRequest) + std::string(kRequest)) == 2);
  CHECK(whole_requests("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab") == 0);
  CHECK(whole_requests("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET") == 1);
}

}  // namespace flashpoll::bench
