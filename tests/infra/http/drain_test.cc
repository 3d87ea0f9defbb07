#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <thread>

#include "tests/infra/http/raw_client.h"
#include "tests/infra/http/subscribers.h"
#include "tests/infra/http/test_server.h"

namespace flashpoll::http {
namespace {

using namespace std::chrono_literals;

const std::string kUpgrade =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: p\r\n";

Router with_channels(Subscribers& subscribers) {
  Router router;
  router.add("GET", "/stream", [&subscribers](const std::shared_ptr<Exchange>& exchange) {
    exchange->open_events({.content_type = "text/event-stream"}, subscribers.opener());
  });
  router.add("GET", "/ws", [&subscribers](const std::shared_ptr<Exchange>& exchange) {
    REQUIRE(exchange->open_websocket("p", subscribers.opener()));
  });
  return router;
}

TEST_CASE("a drained server lets go of all politely, and answers what is on its way") {
  Subscribers subscribers;
  TestServer server(TestServer::short_deadlines(), with_channels(subscribers));
  RawClient idle(server.port());
  CHECK(idle.ask(get("/hello")).status == 200);
  RawClient stream(server.port());
  CHECK(stream.ask(get("/stream")).status == 200);
  RawClient socket(server.port());
  CHECK(socket.ask(get("/ws", kUpgrade)).status == 101);
  REQUIRE(subscribers.opened_become(2));
  RawClient busy(server.port());
  busy.send(get("/held"));
  auto held = server.held();

  auto drained = std::async(std::launch::async, [&server] { return server->drain(20s); });
  CHECK(idle.rest().empty());
  stream.rest();
  CHECK(socket.until("\x03\xE9").find('\x88') != std::string::npos);  // a close frame, 1001
  CHECK(subscribers.closed_become(2));
  CHECK(drained.wait_for(0s) == std::future_status::timeout);
  held->answer({.content_type = "text/plain", .body = "done"});
  held.reset();
  const RawResponse last = busy.response();
  CHECK(last.body == "done");
  CHECK(last.fields.at("connection") == "close");
  CHECK(drained.get());
  CHECK(server->connections() == 0);
}

TEST_CASE("a drain ends at its deadline, and says that something is left") {
  TestServer server;
  RawClient client(server.port());
  client.send(get("/held"));
  const auto held = server.held();
  CHECK_FALSE(server->drain(50ms));
  CHECK(server->connections() == 1);
}

TEST_CASE("nothing is accepted any more after the stop, what is open goes on") {
  TestServer server;
  RawClient open(server.port());
  CHECK(open.ask(get("/hello")).status == 200);
  server->stop_accepting();
  server->stop_accepting();
  // The listening sockets are closed on their threads; a request on each goes after that.
  CHECK(open.ask(get("/hello")).status == 200);
  CHECK(open.ask(get("/hello")).status == 200);
  CHECK(server->drain(20s));
}

TEST_CASE("a server may go under load, at any moment") {
  for (int round = 0; round < 20; ++round) {
    Subscribers subscribers;
    std::atomic<bool> stop = false;
    std::vector<std::jthread> clients;
    {
      TestServer server(TestServer::short_deadlines(), with_channels(subscribers));
      std::vector<RawClient> open;
      for (int i = 0; i < 12; ++i) open.emplace_back(server.port());
      std::atomic<int> going = 0;
      for (std::size_t i = 0; i < open.size(); ++i) {
        clients.emplace_back([client = std::move(open[i]), i, &stop, &going]() mutable {
          const std::string ask = i % 3 == 0   ? get("/hello")
                                  : i % 3 == 1 ? get("/stream")
                                               : get("/ws", kUpgrade);
          client.send(ask);
          client.until("\r\n\r\n");
          ++going;
          while (!stop && i == 0) client.send_some(ask);
          client.rest();
        });
      }
      while (going < 12) std::this_thread::yield();
      REQUIRE(subscribers.opened_become(8));
      subscribers.publish("data: x\n\n");
      if (round % 2 == 0) (void)server->drain(std::chrono::milliseconds(round));
      stop = true;
    }
    clients.clear();
    CHECK(subscribers.closed_become(8));
  }
}

}  // namespace
}  // namespace flashpoll::http
