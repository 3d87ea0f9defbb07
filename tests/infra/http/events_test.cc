#include <doctest/doctest.h>

#include <thread>

#include "infra/runtime/thread.h"
#include "tests/infra/http/raw_client.h"
#include "tests/infra/http/subscribers.h"
#include "tests/infra/http/test_server.h"

namespace flashpoll::http {
namespace {

using namespace std::chrono_literals;

Router with_stream(Subscribers& subscribers) {
  Router router;
  router.add("GET", "/stream", [&subscribers](const std::shared_ptr<Exchange>& exchange) {
    exchange->open_events(
        {.content_type = "text/event-stream", .headers = {{"Cache-Control", "no-store"}}},
        subscribers.opener());
  });
  return router;
}

/// Deadlines of their own: heartbeats far away, unless a test is about them.
ServerConfig quiet() {
  ServerConfig config = TestServer::short_deadlines();
  config.timeouts.heartbeat = 60s;
  return config;
}

TEST_CASE("a stream begins with its head and carries frames as they are") {
  Subscribers subscribers;
  TestServer server(quiet(), with_stream(subscribers));
  RawClient client(server.port());
  const RawResponse response = client.ask(get("/stream"));
  CHECK(response.status == 200);
  CHECK(response.fields.at("content-type") == "text/event-stream");
  CHECK(response.fields.at("cache-control") == "no-store");
  CHECK(response.fields.at("x-content-type-options") == "nosniff");
  CHECK(response.fields.at("connection") == "close");
  CHECK_FALSE(response.fields.contains("transfer-encoding"));
  CHECK_FALSE(response.fields.contains("content-length"));
  REQUIRE(subscribers.opened_become(1));
  subscribers.publish("id: 1\ndata: a\n\n");
  CHECK(client.until("\n\n") == "id: 1\ndata: a\n\n");
  subscribers.publish("id: 2\ndata: b\n\n");
  CHECK(client.until("\n\n") == "id: 2\ndata: b\n\n");
  subscribers.close(1000, "");
  CHECK(client.rest().empty());
  CHECK(subscribers.closed_become(1));
  CHECK(server.connections_become(0));
}

TEST_CASE("one frame serves many subscribers, whose going is noticed") {
  Subscribers subscribers;
  TestServer server(quiet(), with_stream(subscribers));
  std::vector<RawClient> clients;
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back(server.port());
    clients.back().send(get("/stream"));
  }
  for (RawClient& client : clients) CHECK(client.response().status == 200);
  REQUIRE(subscribers.opened_become(100));
  subscribers.publish("data: x\n\n");
  for (RawClient& client : clients) CHECK(client.until("\n\n") == "data: x\n\n");
  for (int i = 0; i < 60; ++i) clients.pop_back();
  CHECK(subscribers.closed_become(60));
  subscribers.publish("data: y\n\n");
  for (RawClient& client : clients) CHECK(client.until("\n\n") == "data: y\n\n");
  clients.clear();
  CHECK(subscribers.closed_become(100));
  CHECK(server.connections_become(0));
}

TEST_CASE("a quiet stream has a heartbeat") {
  Subscribers subscribers;
  TestServer server(TestServer::short_deadlines(), with_stream(subscribers));
  RawClient client(server.port());
  CHECK(client.ask(get("/stream")).status == 200);
  const auto began = std::chrono::steady_clock::now();
  CHECK(client.until("\n\n") == ":\n\n");
  CHECK(client.until("\n\n") == ":\n\n");
  CHECK(std::chrono::steady_clock::now() - began >= 350ms);
  subscribers.publish("data: z\n\n");
  CHECK(client.until("data: z\n\n").ends_with("data: z\n\n"));
}

TEST_CASE("HEAD of a stream is its head alone") {
  Subscribers subscribers;
  TestServer server(quiet(), with_stream(subscribers));
  RawClient client(server.port());
  client.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.response(false).status == 200);
  CHECK(client.rest().empty());
}

TEST_CASE("who never reads costs one frame and the socket's buffer, and is dropped") {
  Subscribers subscribers;
  TestServer server(quiet(), with_stream(subscribers));
  RawClient stuck(server.port(), 4096);
  RawClient reader(server.port());
  CHECK(reader.ask(get("/stream")).status == 200);
  stuck.send(get("/stream"));
  REQUIRE(subscribers.opened_become(2));
  const std::string frame = "data: " + std::string(1000, 'x') + "\n\n";
  std::size_t read = 0;
  while (!subscribers.closed_become_at_once(1)) {
    subscribers.publish(frame);
    CHECK(reader.until("\n\n").size() == frame.size());
    ++read;
    REQUIRE(read < 1'000'000);
  }
  // What the stuck one was given lies in the two sockets' buffers, of at most 64 and some KiB each.
  const std::size_t given = subscribers.sent() - read;
  CHECK(given * frame.size() < 300'000);
  CHECK(given < read);
  subscribers.publish("data: still\n\n");
  CHECK(reader.until("data: still\n\n").ends_with("still\n\n"));
}

TEST_CASE("what an event throws ends its channel, not the server") {
  Router router;
  router.add("GET", "/bad", [](const std::shared_ptr<Exchange>& exchange) {
    exchange->open_events(
        {.content_type = "text/event-stream"},
        [](std::shared_ptr<Channel>) -> ChannelEvents { throw std::runtime_error("no"); });
  });
  TestServer server(quiet(), std::move(router));
  RawClient client(server.port());
  CHECK(client.ask(get("/bad")).status == 200);
  CHECK(client.rest().empty());
  CHECK(server.faults(1) == std::vector<std::string>{": no"});
  RawClient other(server.port());
  CHECK(other.ask(get("/hello")).status == 200);
}

TEST_CASE("subscribers come and go while frames are published") {
  Subscribers subscribers;
  TestServer server(quiet(), with_stream(subscribers));
  {
    std::jthread publisher([&subscribers](const std::stop_token& stop) {
      for (int i = 0; !stop.stop_requested(); ++i) {
        subscribers.publish("data: " + std::to_string(i) + "\n\n");
        runtime::pause(stop, 1ms);
      }
    });
    std::vector<std::jthread> crowds;
    for (int crowd = 0; crowd < 4; ++crowd) {
      crowds.emplace_back([&server, crowd] {
        for (int i = 0; i < 50; ++i) {
          RawClient client(server.port());
          client.send(get("/stream"));
          if ((i + crowd) % 3 == 0) continue;
          client.until("\r\n\r\n");
          if ((i + crowd) % 3 == 1) client.until("data: ");
        }
      });
    }
  }
  CHECK(server.connections_become(0));
  RawClient client(server.port());
  CHECK(client.ask(get("/hello")).status == 200);
}

}  // namespace
}  // namespace flashpoll::http
