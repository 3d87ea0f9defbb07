#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "infra/http/chunked.h"
#include "tests/infra/http/raw_client.h"
#include "tests/infra/http/test_server.h"

namespace flashpoll::http {
namespace {

using namespace std::chrono_literals;

/// Gives `count` pieces `<0>`, `<1>`, … of `pad` bytes more, from the I/O thread or another one.
struct Pieces {
  int count;
  std::size_t pad = 0;
  bool elsewhere = false;
  std::shared_ptr<std::atomic<int>> made = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<bool>> gone = std::make_shared<std::atomic<bool>>(false);

  [[nodiscard]] BodySource source() const {
    const std::shared_ptr<void> guard(nullptr, [gone = gone](void*) { *gone = true; });
    return {[*this, guard](BodySource::Next next) {
      const int number = made->fetch_add(1);
      std::optional<std::string> piece;
      if (number < count) piece = "<" + std::to_string(number) + ">" + std::string(pad, '.');
      if (!elsewhere) return next(std::move(piece));
      std::thread([next = std::move(next), piece = std::move(piece)] { next(piece); }).detach();
    }};
  }
};

Router with_export(const Pieces& pieces) {
  Router router;
  router.add("GET", "/export", [pieces](const std::shared_ptr<Exchange>& exchange) {
    exchange->answer_stream({.content_type = "application/x-ndjson"}, pieces.source());
  });
  return router;
}

std::string read_chunks(RawClient& client) {
  ChunkedDecoder decoder(100'000'000);
  std::string body;
  while (true) {
    const std::string size = client.until("\r\n");
    const std::string data = client.exactly(std::stoul(size, nullptr, 16) + 2);
    const std::string chunk = size + data;
    std::string_view in = chunk;
    const auto state = decoder.feed(in, body);
    if (state == ChunkedDecoder::State::done) return body;
    REQUIRE(state == ChunkedDecoder::State::more);
  }
}

TEST_CASE("a streamed answer comes in chunks, and the connection goes on") {
  for (const bool elsewhere : {false, true}) {
    CAPTURE(elsewhere);
    TestServer server(TestServer::short_deadlines(),
                      with_export({.count = 300, .elsewhere = elsewhere}));
    RawClient client(server.port());
    const RawResponse response = client.ask(get("/export"));
    CHECK(response.fields.at("transfer-encoding") == "chunked");
    CHECK_FALSE(response.fields.contains("content-length"));
    std::string expected;
    for (int i = 0; i < 300; ++i) expected += "<" + std::to_string(i) + ">";
    CHECK(read_chunks(client) == expected);
    CHECK(client.ask(get("/hello")).body == "hello");
  }
}

TEST_CASE("an empty piece and an empty stream do no harm") {
  Router router;
  router.add("GET", "/export", [](const std::shared_ptr<Exchange>& exchange) {
    auto count = std::make_shared<int>(0);
    exchange->answer_stream({}, {[count](const BodySource::Next& next) {
                              const int number = (*count)++;
                              if (number == 3) return next(std::nullopt);
                              next(number == 1 ? "x" : "");
                            }});
  });
  TestServer server(TestServer::short_deadlines(), std::move(router));
  RawClient client(server.port());
  CHECK(client.ask(get("/export")).status == 200);
  CHECK(read_chunks(client) == "x");
  TestServer empty(TestServer::short_deadlines(), with_export({.count = 0}));
  RawClient other(empty.port());
  CHECK(other.ask(get("/export")).status == 200);
  CHECK(read_chunks(other).empty());
  CHECK(other.ask(get("/hello")).status == 200);
}

TEST_CASE("HEAD pulls nothing") {
  const Pieces pieces{.count = 3};
  TestServer server(TestServer::short_deadlines(), with_export(pieces));
  RawClient client(server.port());
  CHECK(client.ask("HEAD /export HTTP/1.1\r\nHost: h\r\n\r\n", false).status == 200);
  CHECK(client.ask(get("/hello")).status == 200);
  CHECK(*pieces.made == 0);
}

TEST_CASE("who does not read pauses the source, and is dropped with it") {
  const Pieces pieces{.count = 1'000'000, .pad = 100'000};
  TestServer server(TestServer::short_deadlines(), with_export(pieces));
  RawClient client(server.port(), 4096);
  client.send(get("/export"));
  client.until("<0>");
  CHECK(server.connections_become(0));
  CHECK(*pieces.gone);
  // What the kernel's largest send buffer takes, and a piece or two.
  CHECK(*pieces.made < 100);
}

TEST_CASE("who goes in the middle takes the source along") {
  const Pieces pieces{.count = 1'000'000, .pad = 1000, .elsewhere = true};
  TestServer server(TestServer::short_deadlines(), with_export(pieces));
  {
    RawClient client(server.port());
    client.send(get("/export"));
    client.until("<5>");
  }
  CHECK(server.connections_become(0));
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (!*pieces.gone && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  CHECK(*pieces.gone);
}

TEST_CASE("a source that throws, or forgets its next, ends the connection without a last chunk") {
  for (const bool throws : {false, true}) {
    CAPTURE(throws);
    Router router;
    router.add("GET", "/export", [throws](const std::shared_ptr<Exchange>& exchange) {
      auto first = std::make_shared<bool>(true);
      exchange->answer_stream({}, {[first, throws](const BodySource::Next& next) {
                                if (std::exchange(*first, false)) return next("piece");
                                if (throws) throw std::runtime_error("the database went");
                              }});
    });
    TestServer server(TestServer::short_deadlines(), std::move(router));
    RawClient client(server.port());
    CHECK(client.ask(get("/export")).status == 200);
    CHECK(client.rest() == "5\r\npiece\r\n");
    CHECK(server.connections_become(0));
  }
}

}  // namespace
}  // namespace flashpoll::http
