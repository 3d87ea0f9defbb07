#include <doctest/doctest.h>

#include <thread>

#include "infra/runtime/thread.h"
#include "tests/infra/http/raw_client.h"
#include "tests/infra/http/test_server.h"

namespace flashpoll::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Sends `piece` again and again, every few milliseconds, until the server answers.
RawResponse drip(RawClient& client, const std::string& begin, std::string_view piece) {
  client.send(begin);
  while (client.silent_for(20ms)) client.send(piece);
  return client.response();
}

TEST_CASE("a head that never ends is 408, however busily it grows") {
  TestServer server;
  RawClient client(server.port());
  const auto began = Clock::now();
  const RawResponse response = drip(client, "GET / HTTP/1.1\r\n", "X: y\r\n");
  CHECK(response.status == 408);
  CHECK(response.code() == "too_slow");
  CHECK(Clock::now() - began >= 290ms);
  CHECK(client.rest().empty());
  CHECK(server.connections_become(0));
}

TEST_CASE("a body slower than the least rate is 408, one that keeps up is read") {
  TestServer server;
  const std::string head = "POST /json HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
  RawClient slow(server.port());
  CHECK(drip(slow, head + "Content-Length: 10000\r\n\r\n", "x").status == 408);
  CHECK(slow.rest().empty());
  RawClient chunked(server.port());
  CHECK(drip(chunked, head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n").status == 408);
  // Six times the time of a body, at ten times the rate.
  RawClient steady(server.port());
  steady.send(head + "Content-Length: 18000\r\n\r\n");
  for (int i = 0; i < 90; ++i) {
    CHECK(steady.silent_for(20ms));
    steady.send(std::string(200, 'x'));
  }
  CHECK(steady.response().status == 200);
}

TEST_CASE("an idle connection is closed without a word, before and after a request") {
  ServerConfig config = TestServer::short_deadlines();
  config.timeouts.idle = 200ms;
  TestServer server(std::move(config));
  RawClient fresh(server.port());
  CHECK(fresh.rest().empty());
  RawClient used(server.port());
  CHECK(used.ask(get("/hello")).status == 200);
  CHECK(used.rest().empty());
  CHECK(server.connections_become(0));
}

TEST_CASE("a request may be handled for longer than any deadline") {
  ServerConfig config = TestServer::short_deadlines();
  config.timeouts.idle = 200ms;
  TestServer server(std::move(config));
  RawClient client(server.port());
  client.send(get("/held"));
  auto held = server.held();
  CHECK(client.silent_for(800ms));
  held->answer({.content_type = "text/plain", .body = "at last"});
  CHECK(client.response().body == "at last");
}

TEST_CASE("who takes nothing of his answer is dropped, who takes it slowly is served") {
  TestServer server;
  const std::size_t size = 40'000'000;
  RawClient stuck(server.port(), 4096);
  stuck.send(get("/held"));
  server.held()->answer({.content_type = "text/plain", .body = std::string(size, 'x')});
  CHECK(server.connections_become(0));
  RawClient slow(server.port());
  slow.send(get("/held"));
  server.held()->answer({.content_type = "text/plain", .body = std::string(size, 'x')});
  slow.until("\r\n\r\n");
  const auto began = Clock::now();
  std::size_t taken = 0;
  // For longer than the deadline, by a good deal in each of its spans.
  while (Clock::now() - began < 1500ms) {
    taken += slow.exactly(1'000'000).size();
    runtime::pause({}, 50ms);
  }
  CHECK(slow.exactly(size - taken).size() == size - taken);
  CHECK(slow.ask(get("/hello")).body == "hello");
}

TEST_CASE("a peer that keeps sending after its refusal is cut off") {
  TestServer server;
  RawClient client(server.port());
  client.send("BAD\r\n\r\n");
  CHECK(client.response().status == 400);
  const auto began = Clock::now();
  while (server->connections() > 0 && Clock::now() - began < 20s) client.send("more\r\n");
  CHECK(Clock::now() - began < 10s);
  CHECK(server.connections_become(0));
}

}  // namespace
}  // namespace flashpoll::http
