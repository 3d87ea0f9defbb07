#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <memory>

#include "infra/http/head_writer.h"
#include "infra/runtime/fault.h"
#include "tests/infra/http/raw_client.h"
#include "tests/infra/http/test_server.h"

namespace flashpoll::http {
namespace {

using namespace std::chrono_literals;

TEST_CASE("requests of one connection are answered one after the other") {
  TestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    const RawResponse response = client.ask(get("/hello"));
    CHECK(response.status == 200);
    CHECK(response.body == "hello");
    CHECK(response.fields.at("content-type") == "text/plain");
    CHECK(response.fields.at("x-content-type-options") == "nosniff");
    CHECK(response.fields.at("date").ends_with(" GMT"));
    CHECK_FALSE(response.fields.contains("connection"));
  }
  CHECK(client.ask(post("/echo?a=1&b=x+y", "body")).body == "POST|a=1|b=x y|127.0.0.1|body");
}

TEST_CASE("answers of every size come whole, whether they were ready or not") {
  TestServer server;
  RawClient client(server.port());
  for (const std::size_t size : {0, 1, 3'000, 4'095, 4'096, 4'097, 100'000, 3'000'000}) {
    CAPTURE(size);
    std::string body(size, 'x');
    if (size > 0) body.back() = 'y';
    const Response made{.content_type = "text/plain", .body = body, .headers = {{"ETag", "1"}}};
    client.send(get("/held"));
    server.held()->answer(made);
    const RawResponse response = client.response();
    CHECK(response.body == body);
    client.send(get("/held"));
    server.held()->answer_ready(std::make_shared<ReadyResponse>(ready_response(made)));
    const RawResponse ready = client.response();
    CHECK(ready.body == body);
    CHECK(ready.head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(ready.fields.at("etag") == "1");
    CHECK(ready.fields.at("content-length") == std::to_string(size));
  }
}

TEST_CASE("what is pipelined is answered in order, also when the first answer takes longest") {
  TestServer server;
  RawClient client(server.port());
  std::string requests = get("/held");
  for (int i = 0; i < 200; ++i) requests += post("/echo", std::to_string(i));
  client.send(requests);
  auto held = server.held();
  CHECK(client.silent_for(50ms));
  held->answer({.content_type = "text/plain", .body = "first"});
  CHECK(client.response().body == "first");
  for (int i = 0; i < 200; ++i) {
    CHECK(client.response().body == "POST|127.0.0.1|" + std::to_string(i));
  }
}

TEST_CASE("a request may come byte by byte, and two in one piece and a half") {
  TestServer server;
  RawClient client(server.port());
  for (const char c : post("/echo", "xyz")) client.send(std::string_view(&c, 1));
  CHECK(client.response().body == "POST|127.0.0.1|xyz");
  const std::string two = post("/echo", "one") + post("/echo", "two");
  client.send(two.substr(0, two.size() - 2));
  CHECK(client.response().body == "POST|127.0.0.1|one");
  client.send(two.substr(two.size() - 2));
  CHECK(client.response().body == "POST|127.0.0.1|two");
  CHECK(client.ask("\r\n" + get("/hello")).status == 200);
}

TEST_CASE("who ends his sending gets his answer, wherever a read of the server ends") {
  TestServer server;
  for (std::size_t size = 1'022; size <= 1'026; ++size) {
    for (int again = 0; again < 10; ++again) {
      const std::size_t bare = get("/hello", "X-Pad: \r\n").size();
      RawClient client(server.port());
      client.send(get("/hello", "X-Pad: " + std::string(size - bare, 'x') + "\r\n"));
      client.end_sending();
      CHECK(client.response().status == 200);
    }
  }
}

TEST_CASE("HEAD is GET without the body") {
  TestServer server;
  RawClient client(server.port());
  const RawResponse head = client.ask("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n", false);
  CHECK(head.status == 200);
  CHECK(head.fields.at("content-length") == "5");
  const RawResponse missing = client.ask("HEAD /nothing HTTP/1.1\r\nHost: h\r\n\r\n", false);
  CHECK(missing.status == 404);
  CHECK(client.ask(get("/hello")).body == "hello");
}

TEST_CASE("wrong addresses and methods are problems, and the connection goes on") {
  TestServer server;
  RawClient client(server.port());
  const RawResponse missing = client.ask(get("/Hello"));
  CHECK(missing.status == 404);
  CHECK(missing.code() == "no_such_route");
  CHECK(missing.fields.at("content-type") == "application/problem+json");
  const RawResponse wrong = client.ask("DELETE /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(wrong.status == 405);
  CHECK(wrong.code() == "method_not_allowed");
  CHECK(wrong.fields.at("allow") == "GET, HEAD, OPTIONS");
  const RawResponse options = client.ask("OPTIONS /echo HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(options.status == 204);
  CHECK(options.fields.at("allow") == "GET, HEAD, OPTIONS, POST");
  CHECK_FALSE(options.fields.contains("content-length"));
  CHECK(client.ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").status == 204);
  CHECK(client.ask(get("/echo?a=%FF")).code() == "bad_request");
  CHECK(client.ask(get("/throws/%zz")).code() == "bad_request");
  CHECK(client.ask(get("/hello")).status == 200);
}

TEST_CASE("bodies of another media type are 415, and what follows them is not read") {
  TestServer server;
  RawClient client(server.port());
  CHECK(
      client.ask(post("/json", "{}", "Content-Type: Application/JSON; charset=utf-8\r\n")).status ==
      200);
  CHECK(client.ask(post("/json", "")).status == 200);
  const RawResponse refused = client.ask(post("/json", "{}", "Content-Type: text/plain\r\n"));
  CHECK(refused.status == 415);
  CHECK(refused.code() == "not_json");
  CHECK(refused.fields.at("connection") == "close");
  CHECK(client.rest().empty());
  RawClient untyped(server.port());
  CHECK(untyped.ask(post("/json", "{}")).status == 415);
}

TEST_CASE("the client's wish to close is granted, after the answer") {
  TestServer server;
  RawClient client(server.port());
  const RawResponse response = client.ask(get("/hello", "Connection: close\r\n"));
  CHECK(response.body == "hello");
  CHECK(response.fields.at("connection") == "close");
  CHECK(client.rest().empty());
  CHECK(server.connections_become(0));
}

TEST_CASE("a client that has ended its sending still gets its answer") {
  TestServer server;
  RawClient client(server.port());
  client.send(get("/held"));
  client.end_sending();
  server.held()->answer({.content_type = "text/plain", .body = "yes"});
  CHECK(client.response().body == "yes");
  CHECK(client.rest().empty());
}

TEST_CASE("a client that goes while its request is handled harms nobody") {
  TestServer server;
  for (int i = 0; i < 20; ++i) {
    std::shared_ptr<Exchange> held;
    {
      RawClient client(server.port());
      client.send(get("/held"));
      held = server.held();
    }
    held->answer({.content_type = "text/plain", .body = std::string(1'000'000, 'x')});
  }
  CHECK(server.connections_become(0));
  RawClient client(server.port());
  CHECK(client.ask(get("/hello")).status == 200);
}

TEST_CASE("beyond the limit of connections: 503, then room again") {
  ServerConfig config = TestServer::short_deadlines();
  config.limits.connections = 3;
  TestServer server(std::move(config));
  {
    std::vector<RawClient> full;
    for (int i = 0; i < 3; ++i) {
      full.emplace_back(server.port());
      CHECK(full.back().ask(get("/hello")).status == 200);
    }
    RawClient refused(server.port());
    const RawResponse response = refused.ask(get("/hello"));
    CHECK(response.status == 503);
    CHECK(response.code() == "overloaded");
    CHECK(response.fields.at("retry-after") == "1");
    CHECK(refused.rest().empty());
    CHECK(full[0].ask(get("/hello")).status == 200);
  }
  CHECK(server.connections_become(0));
  RawClient again(server.port());
  CHECK(again.ask(get("/hello")).status == 200);
}

TEST_CASE("what became ready together is handled before any of it is answered") {
  std::latch blocked{1};
  std::latch go{1};
  std::unique_ptr<RawClient> first;
  std::atomic<bool> answered = true;
  Router router;
  router.add("GET", "/block", [&](const std::shared_ptr<Exchange>& exchange) {
    blocked.count_down();
    go.wait();
    exchange->answer({.status = 204});
  });
  router.add("GET", "/look", [&](const std::shared_ptr<Exchange>& exchange) {
    answered = !first->silent_for(0ms);
    exchange->answer({.status = 204});
  });
  ServerConfig config = TestServer::short_deadlines();
  config.threads = 1;
  TestServer server(std::move(config), std::move(router));
  first = std::make_unique<RawClient>(server.port());
  RawClient second(server.port());
  RawClient blocker(server.port());
  for (RawClient* client : {first.get(), &second}) client->ask(get("/hello"));
  blocker.send(get("/block"));
  blocked.wait();
  first->send(get("/hello"));
  second.send(get("/look"));
  go.count_down();
  CHECK(second.response(false).status == 204);
  CHECK_FALSE(answered);
  CHECK(first->response().body == "hello");
}

TEST_CASE("a port that is taken, and an address that is none, are refused at the start") {
  TestServer first;
  ServerConfig config;
  config.port = first.port();
  Server second(config, Router());
  CHECK_THROWS_AS(second.start(), Misconfigured);
  config.address = "localhost:80";
  Server third(config, Router());
  CHECK_THROWS_AS(third.start(), Misconfigured);
}

TEST_CASE("metrics hear of each answer, by pattern") {
  std::mutex mutex;
  std::vector<std::string> seen;
  ServerConfig config = TestServer::short_deadlines();
  config.threads = 1;
  config.on_answered = [&](const Answered& answered) {
    const std::lock_guard lock(mutex);
    seen.push_back(std::string(answered.method) + " " + std::string(answered.pattern) + " " +
                   std::to_string(answered.status));
  };
  TestServer server(std::move(config));
  RawClient client(server.port());
  client.ask(get("/throws/x"));
  client.ask("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n", false);
  client.ask(get("/secret"));
  const std::lock_guard lock(mutex);
  CHECK(seen == std::vector<std::string>{"GET /throws/{what} 500", "HEAD /hello 200", "  404"});
}

}  // namespace
}  // namespace flashpoll::http
