#include "infra/http/client.h"

#include <doctest/doctest.h>

#include <thread>

#include "infra/http/client_connection.h"
#include "infra/runtime/fault.h"
#include "tests/infra/http/subscribers.h"
#include "tests/infra/http/test_server.h"

namespace flashpoll::http {
namespace {

using namespace std::chrono_literals;

std::string url(TestServer& server, const std::string& target) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + target;
}

TEST_CASE("URLs are taken apart; what is none is refused") {
  const Url full("http://[::1]:8080/a?b=c#d");
  CHECK(full.authority == "[::1]:8080");
  CHECK(full.host == "::1");
  CHECK(full.port == "8080");
  CHECK(full.target == "/a?b=c");
  const Url bare("http://example");
  CHECK(bare.host == "example");
  CHECK(bare.port == "80");
  CHECK(bare.target == "/");
  CHECK(Url("http://h?x").target == "/?x");
  for (const char* bad : {"", "h", "https://h/", "http://", "http:///x", "http://h:/",
                          "http://h:x/", "http://u@h/", "http://h/a b", "http://h/\r\nX: y"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(Url{bad}, Misconfigured);
  }
}

TEST_CASE("requests and answers of all framings") {
  Router router;
  router.add("GET", "/chunks", [](const std::shared_ptr<Exchange>& exchange) {
    auto left = std::make_shared<int>(3);
    exchange->answer_stream({.status = 201}, {[left](const BodySource::Next& next) {
                              if ((*left)-- == 0) return next(std::nullopt);
                              next("piece");
                            }});
  });
  TestServer server(TestServer::short_deadlines(), std::move(router));
  const Client client;
  const ClientResponse echo =
      client.request("POST", url(server, "/echo?a=b"), {{"X-Y", "z"}}, "text");
  CHECK(echo.status == 200);
  CHECK(echo.body == "POST|a=b|127.0.0.1|text");
  CHECK(echo.header("CONTENT-TYPE") == "text/plain");
  CHECK_FALSE(echo.header("x-none"));
  const ClientResponse chunks = client.request("GET", url(server, "/chunks"));
  CHECK(chunks.status == 201);
  CHECK(chunks.body == "piecepiecepiece");
  CHECK(client.request("HEAD", url(server, "/hello")).body.empty());
  CHECK(client.request("OPTIONS", url(server, "/hello")).status == 204);
  const ClientResponse large =
      client.request("POST", url(server, "/echo"), {}, std::string(5'000'000, 'x'));
  CHECK(large.status == 413);
}

TEST_CASE("lines of a stream, until the server or the caller ends it") {
  Subscribers subscribers;
  Router router;
  router.add("GET", "/stream", [&subscribers](const std::shared_ptr<Exchange>& exchange) {
    exchange->open_events({.content_type = "text/event-stream"}, subscribers.opener());
  });
  TestServer server(TestServer::short_deadlines(), std::move(router));
  const Client client;
  for (const bool caller_ends : {false, true}) {
    CAPTURE(caller_ends);
    std::vector<std::string> lines;
    const auto response = client.lines(url(server, "/stream"), {}, [&](std::string_view line) {
      if (line == ":") subscribers.publish("data: a\r\ndata: b\n\n");
      if (line.empty() && !lines.empty() && !caller_ends) subscribers.close(1000, "");
      if (line.starts_with("data")) lines.emplace_back(line);
      return !(caller_ends && lines.size() == 2);
    });
    CHECK(response.status == 200);
    CHECK(lines.size() >= 2);
    CHECK(lines[0] == "data: a");
    CHECK(lines[1] == "data: b");
  }
  const auto refused =
      client.lines(url(server, "/nothing"), {}, [](std::string_view) -> bool { throw 1; });
  CHECK(refused.status == 404);
  CHECK(refused.body.find("no_such_route") != std::string::npos);
}

TEST_CASE("nobody there, and nobody answering, are told in time") {
  TestServer server;
  const std::uint16_t port = server.port();
  const Client client({.connect = 500ms, .answer = 200ms, .silence = 200ms});
  CHECK_THROWS_AS((void)client.request("GET", url(server, "/held")), Unavailable);
  CHECK_THROWS_AS((void)client.request("GET", "http://127.0.0.1:1/"), Unavailable);
  CHECK_THROWS_AS((void)client.request("GET", "http://does-not-exist.invalid/"), Unavailable);
  CHECK_THROWS_AS((void)client.request("GET", "ftp://h/"), Misconfigured);
  CHECK_THROWS_AS((void)client.request("GET", url(server, "/hello"), {{"X", "a\r\nB: c"}}),
                  Misconfigured);
  CHECK(port != 0);
}

}  // namespace
}  // namespace flashpoll::http
