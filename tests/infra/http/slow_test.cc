#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "infra/runtime/thread.h"
#include "tests/infra/http/raw_client.h"
#include "tests/infra/http/test_server.h"

namespace flashpoll::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kSlow = 2000;

void allow_descriptors(rlim_t count) {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_cur >= count) return;
  limit.rlim_cur = std::min(count, limit.rlim_max);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  REQUIRE_MESSAGE(limit.rlim_cur >= count, "the test needs " << count << " descriptors");
}

/// The 99th percentile of 500 requests on one connection.
Clock::duration latency(TestServer& server) {
  RawClient client(server.port());
  std::vector<Clock::duration> took;
  for (int i = 0; i < 500; ++i) {
    const auto began = Clock::now();
    CHECK(client.ask(post("/echo", "vote")).status == 200);
    took.push_back(Clock::now() - began);
  }
  std::ranges::sort(took);
  return took[495];
}

// They send a byte now and then, read nothing, or wait for their answer: none of it is anybody
// else's business, and each kind ends at its own deadline.
TEST_CASE("2000 slow connections do not hinder others") {
  allow_descriptors(2 * kSlow + 200);
  ServerConfig config = TestServer::short_deadlines();
  config.timeouts.header = config.timeouts.body = 3s;
  config.timeouts.write = 3s;
  config.timeouts.tick = 50ms;
  TestServer server(std::move(config));
  const auto alone = latency(server);

  std::vector<RawClient> slow;
  for (int i = 0; i < kSlow; ++i) {
    slow.emplace_back(server.port(), 4096);
    if (i % 3 == 0) slow.back().send("GET /hello HTTP/1.1\r\nHost: h\r\nX: ");
    if (i % 3 == 1)
      slow.back().send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\n");
    if (i % 3 == 2) slow.back().send(get("/held"));
  }
  CHECK(server.connections_become(kSlow + 1));
  const auto beside = [&server, &slow] {
    std::jthread drips([&slow](const std::stop_token& stop) {
      for (std::size_t i = 0; !stop.stop_requested(); i = (i + 1) % slow.size()) {
        if (i % 3 != 2) slow[i].send("x");
        if (i % 20 == 0) runtime::pause(stop, 1ms);
      }
    });
    return latency(server);
  }();
  MESSAGE("p99 alone " << alone / 1us << " us, beside them " << beside / 1us << " us");
  // Far below each deadline of theirs, and far above what a loaded machine does to a loop.
  CHECK(beside < 1s);

  for (int i = 0; i < kSlow / 3; ++i) server.held();  // dropped: each is answered 500
  for (int i = 0; i < kSlow; ++i) {
    CHECK(slow[static_cast<std::size_t>(i)].response().status == (i % 3 == 2 ? 500 : 408));
  }
  slow.clear();
  CHECK(server.connections_become(0));
}

}  // namespace
}  // namespace flashpoll::http
