#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/infra/http/raw_client.h"
#include "tests/infra/http/test_server.h"

namespace flashpoll::http {
namespace {

TEST_CASE("faults of handlers: their kind decides, their text stays inside") {
  TestServer server;
  RawClient client(server.port());
  const RawResponse overloaded = client.ask(get("/throws/overloaded"));
  CHECK(overloaded.status == 503);
  CHECK(overloaded.code() == "overloaded");
  CHECK(overloaded.fields.at("retry-after") == "1");
  const RawResponse unavailable = client.ask(get("/throws/unavailable"));
  CHECK(unavailable.status == 503);
  CHECK(unavailable.code() == "not_ready");
  const RawResponse internal = client.ask(get("/throws/else"));
  CHECK(internal.status == 500);
  CHECK(internal.code() == "internal");
  CHECK(internal.body.find("secret") == std::string::npos);
  CHECK(unavailable.body.find("secret") == std::string::npos);
  const RawResponse dropped = client.ask(get("/dropped"));
  CHECK(dropped.status == 500);
  CHECK(server.faults(4) ==
        std::vector<std::string>{
            "/throws/{what}: raise queue_size", "/throws/{what}: no database at /secret",
            "/throws/{what}: a secret", "/dropped: a handler dropped its exchange unanswered"});
}

TEST_CASE("an exchange dropped on another thread is a 500 too") {
  TestServer server;
  RawClient client(server.port());
  client.send(get("/held"));
  server.held().reset();
  CHECK(client.response().code() == "internal");
  CHECK(client.ask(get("/hello")).status == 200);
}

TEST_CASE("a request that was let go is answered all the same") {
  Router router;
  std::vector<std::jthread> others;
  router.add("POST", "/let-go", [&others](const std::shared_ptr<Exchange>& exchange) {
    std::string body(exchange->request().body());
    exchange->drop_request();
    others.emplace_back([exchange, body = std::move(body)]() mutable {
      exchange->answer({.content_type = "text/plain", .body = std::move(body)});
    });
  });
  TestServer server(TestServer::short_deadlines(), std::move(router));
  RawClient client(server.port());
  CHECK(client.ask(post("/let-go", "one")).body == "one");
  CHECK(client.ask(post("/let-go", "two")).body == "two");
}

TEST_CASE("an answer is made on the exchange's own I/O thread; what that throws is a 500") {
  TestServer server;
  RawClient client(server.port());
  client.send(get("/held"));
  std::thread::id made_on;
  server.held()->answer_by([&made_on] {
    made_on = std::this_thread::get_id();
    return Response{.content_type = "text/plain", .body = "made"};
  });
  CHECK(client.response().body == "made");
  CHECK(made_on != std::this_thread::get_id());
  client.send(get("/held"));
  server.held()->answer_by([]() -> Response { throw std::runtime_error("a secret"); });
  const RawResponse failed = client.response();
  CHECK(failed.status == 500);
  CHECK(failed.body.find("secret") == std::string::npos);
  CHECK(server.faults(1) == std::vector<std::string>{"/held: a secret"});
  CHECK(client.ask(get("/hello")).body == "hello");
}

TEST_CASE("an answer after the throw is void") {
  Router router;
  std::shared_ptr<Exchange> kept;
  router.add("GET", "/both", [&kept](std::shared_ptr<Exchange> exchange) {
    kept = std::move(exchange);
    throw std::runtime_error("after handing on");
  });
  TestServer server(TestServer::short_deadlines(), std::move(router));
  RawClient client(server.port());
  CHECK(client.ask(get("/both")).status == 500);
  kept->answer({.content_type = "text/plain", .body = "late"});
  CHECK(client.ask(get("/hello")).body == "hello");
}

TEST_CASE("a malformed header of an answer becomes a 500") {
  Router router;
  router.add("GET", "/split", [](const std::shared_ptr<Exchange>& exchange) {
    exchange->answer({.headers = {{"Location", "/x\r\nSet-Cookie: evil=1"}}});
  });
  TestServer server(TestServer::short_deadlines(), std::move(router));
  RawClient client(server.port());
  const RawResponse response = client.ask(get("/split"));
  CHECK(response.status == 500);
  CHECK(response.head.find("evil") == std::string::npos);
  CHECK(client.ask(get("/hello")).status == 200);
}

TEST_CASE("answers come from any thread, in any order, each to its own request") {
  TestServer server;
  std::vector<RawClient> clients;
  for (int i = 0; i < 50; ++i) clients.emplace_back(server.port());
  for (int round = 0; round < 20; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      clients[i].send(get("/held", "X-Number: " + std::to_string(i) + "\r\n"));
    }
    std::vector<std::shared_ptr<Exchange>> held;
    for (std::size_t i = 0; i < clients.size(); ++i) held.push_back(server.held());
    std::vector<std::jthread> threads;
    for (std::size_t part = 0; part < 4; ++part) {
      threads.emplace_back([&held, part] {
        for (std::size_t i = part; i < held.size(); i += 4) {
          std::string number(held[i]->request().header("x-number").value_or(""));
          held[i]->answer({.content_type = "text/plain", .body = std::move(number)});
          held[i].reset();
        }
      });
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
      CHECK(clients[i].response().body == std::to_string(i));
    }
  }
}

TEST_CASE("exchanges that outlive their server do nothing") {
  std::shared_ptr<Exchange> answered;
  std::shared_ptr<Exchange> dropped;
  {
    TestServer server;
    RawClient one(server.port());
    RawClient two(server.port());
    one.send(get("/held"));
    two.send(get("/held"));
    answered = server.held();
    dropped = server.held();
  }
  answered->answer({.content_type = "text/plain", .body = "late"});
  CHECK(answered->request().path() == "/held");
  dropped.reset();
  answered.reset();
}

}  // namespace
}  // namespace flashpoll::http
