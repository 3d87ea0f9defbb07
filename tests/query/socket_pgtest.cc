#include <doctest/doctest.h>

#include <algorithm>

#include "infra/http/client.h"
#include "infra/http/server.h"
#include "tests/query/read_fixture.h"

namespace flashpoll::query::test {
namespace {

/// The fixture's routes on a port of this machine.
struct Listening {
  Listening() : server({}, fixture.router) { server.start(); }

  [[nodiscard]] http::ClientResponse ask(std::string_view method, const std::string& path,
                                         const std::vector<http::Header>& headers = {}) const {
    const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + path;
    return http::Client().request(method, url, headers);
  }

  ReadFixture fixture;
  http::Server server;
};

TEST_CASE("every read answers GET and HEAD over a socket, with the same head") {
  Listening listening;
  TestPoll poll = listening.fixture.opened();
  listening.fixture.cast(poll, {}, {1});
  listening.fixture.write(poll);
  for (const std::string& path :
       {poll.path(), poll.path("/results"), poll.path("/results?seq=0"), poll.path("/windows"),
        poll.path("/entries"), poll.path("/entries/1"), poll.path("/export.csv"),
        poll.path("/export.ndjson"), poll.path("/qr.svg"), std::string("/"), std::string("/how"),
        "/p/lunch-today-" + poll.id(), "/manage/lunch-today-" + poll.id(),
        std::string("/problems/behind"), std::string("/assets/vote-1.js")}) {
    CAPTURE(path);
    const auto get = listening.ask("GET", path);
    CHECK(get.status == 200);
    CHECK_FALSE(get.body.empty());
    const auto head = listening.ask("HEAD", path);
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    for (const char* name : {"Content-Type", "Cache-Control", "ETag", "Export-Seq"}) {
      CHECK(head.header(name) == get.header(name));
    }
    CHECK(listening.ask("PATCH", path).status == 405);
  }
}

TEST_CASE("problems and unchanged results over a socket") {
  Listening listening;
  TestPoll poll = listening.fixture.opened();
  listening.fixture.write(poll);
  const auto results = listening.ask("GET", poll.path("/results"));
  const std::string etag(results.header("ETag").value_or(""));
  const auto same = listening.ask("GET", poll.path("/results"), {{"If-None-Match", etag}});
  CHECK(same.status == 304);
  CHECK(same.body.empty());

  const auto problem = listening.ask("GET", "/v1/polls/ZZZZZZZZZZZZ/results");
  CHECK(problem.status == 404);
  CHECK(problem.header("Content-Type") == "application/problem+json");
  CHECK(problem.body.find("\"type\":\"/problems/no_such_poll\"") != std::string::npos);
  CHECK(problem.body.find("\"instance\":\"/v1/polls/ZZZZZZZZZZZZ/results\"") != std::string::npos);
  CHECK(listening.ask("GET", poll.path("/votes/mine")).header("WWW-Authenticate"));
  const auto moved = listening.ask("GET", "/p/" + poll.id());
  CHECK(moved.status == 301);
  CHECK(moved.header("Location") == "/p/lunch-today-" + poll.id());
}

TEST_CASE("a long export arrives whole, and breaks off when the read side fails") {
  Listening listening;
  ReadFixture& fixture = listening.fixture;
  TestPoll poll = fixture.opened();
  for (int i = 0; i < 6'000; ++i) fixture.cast(poll, {}, {1});
  fixture.write(poll);
  const auto whole = listening.ask("GET", poll.path("/export.ndjson"));
  CHECK(std::count(whole.body.begin(), whole.body.end(), '\n') == 6'001);
  CHECK(whole.header("Export-Seq") == "6000");
  fixture.sql("DROP TABLE read_1.poll_events");
  CHECK_THROWS((void)listening.ask("GET", poll.path("/export.ndjson")));
}

}  // namespace
}  // namespace flashpoll::query::test
