#include <doctest/doctest.h>

#include "infra/json/json.h"
#include "query/live_routes.h"
#include "query/sse_session.h"
#include "tests/query/live_exchange.h"

namespace flashpoll::query {
namespace {

using namespace test;
using events::Refusal;

struct Bench : HubBench {
  explicit Bench(HubSettings settings = {}) : HubBench(settings) {
    add_live_routes(router, hub, {});
  }

  /// Asks without waiting for what comes of it.
  std::shared_ptr<FakeExchange> ask(const std::string& id,
                                    const std::function<void(FakeRequest&)>& change = {}) {
    return test::ask(router, "/v1/polls/" + id + "/stream", change);
  }
  std::shared_ptr<FakeExchange> get(events::PollId poll,
                                    const std::function<void(FakeRequest&)>& change = {}) {
    auto exchange = ask(poll.text(), change);
    settle();
    return exchange;
  }
  /// A subscriber who has taken the first state; the next change is told at once.
  std::shared_ptr<FakeExchange> subscribed(events::PollId poll) {
    auto exchange = get(poll);
    REQUIRE(exchange->channel);
    exchange->channel->take_all();
    (void)exchange->channel->taken();
    advance(200);
    return exchange;
  }

  http::Router router;
};

std::string code_of(const FakeExchange& exchange) {
  const auto body = json::parse(exchange.answered->body);
  return std::get<json::Value>(body).find("code")->string();
}

std::function<void(FakeRequest&)> after(const char* seq) {
  return [seq](FakeRequest& request) { request.parameters.emplace_back("after", seq); };
}

std::function<void(FakeRequest&)> last_event(const char* seq) {
  return [seq](FakeRequest& request) { request.headers["Last-Event-ID"] = seq; };
}

}  // namespace

TEST_CASE("a stream begins with the full state, in the shape of the contract") {
  Bench bench;
  bench.open(kLunch, 42);
  const auto exchange = bench.get(kLunch);
  REQUIRE(exchange->channel);
  CHECK(exchange->answered->status == 200);
  CHECK(exchange->answered->content_type == "text/event-stream");
  exchange->channel->take_all();
  const auto frames = exchange->channel->taken();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0] == "retry: 2000\n\n");
  CHECK(frames[1] == "id: 42\nevent: results\ndata: {\"poll\":\"" + kLunch.text() +
                         "\",\"seq\":42,\"at\":\"2027-01-15T08:00:00.000Z\",\"status\":\"open\","
                         "\"final\":false,\"closes_at\":\"2027-01-15T09:00:00.000Z\",\"voters\":42,"
                         "\"votes\":[42,0]}\n\n");
}

TEST_CASE("each subscriber gets each change, from one shared frame") {
  Bench bench;
  bench.open(kLunch, 1);
  const auto ann = bench.subscribed(kLunch);
  const auto bob = bench.subscribed(kLunch);
  bench.vote(kLunch);
  bench.settle();
  CHECK(ann->channel->posted() + bob->channel->posted() == 1);  // one task for the whole thread
  ann->channel->take_all();
  bob->channel->take_all();
  ann->channel->take_all();
  REQUIRE(ann->channel->frames.size() == 1);
  REQUIRE(bob->channel->frames.size() == 1);
  CHECK(ann->channel->frames[0] == bob->channel->frames[0]);
  CHECK(seq_of(*ann->channel->frames[0]) == 2);
}

TEST_CASE("a client that reads slowly skips to the newest state") {
  Bench bench;
  bench.open(kLunch);
  const auto exchange = bench.get(kLunch);
  FakeChannel& channel = *exchange->channel;
  channel.take_all();
  for (int i = 0; i < 20; ++i) {
    bench.vote(kLunch);
    bench.advance(100);
    channel.run();
  }
  CHECK(channel.taken().size() == 3);  // preface, first state, and one that waits to be taken
  channel.take();
  const auto frames = channel.taken();
  REQUIRE(frames.size() == 1);
  CHECK(seq_of(frames[0]) == 20);
}

TEST_CASE("a task that is lost with its channel does not keep news from the others") {
  Bench bench;
  bench.open(kLunch);
  std::vector<std::shared_ptr<FakeExchange>> all;
  for (int i = 0; i < 5; ++i) all.push_back(bench.subscribed(kLunch));
  bench.vote(kLunch);
  bench.settle();
  const auto carrier = std::find_if(
      all.begin(), all.end(), [](const auto& exchange) { return exchange->channel->posted() > 0; });
  REQUIRE(carrier != all.end());
  (*carrier)->channel->go();
  for (const auto& exchange : all) {
    if (exchange == *carrier) continue;
    const auto frames = exchange->channel->taken();
    REQUIRE(frames.size() == 1);
    CHECK(seq_of(frames[0]) == 1);
  }
}

TEST_CASE("what is told between admission and opening is not lost") {
  Bench bench;
  bench.open(kLunch);
  Watchers& watchers = bench.hub.watchers();
  std::optional<Admitted> admitted;
  bench.hub.subscribe(kLunch, std::nullopt, {}, [&](Admission admission) {
    admitted = std::move(std::get<Admitted>(admission));
  });
  bench.settle();
  REQUIRE(admitted);
  bench.advance(200);
  bench.vote(kLunch);
  bench.settle();
  const auto channel = std::make_shared<FakeChannel>();
  channel->events = SseSession::open(watchers, std::move(*admitted), channel);
  channel->take_all();
  CHECK(seq_of(channel->taken().back()) == 1);
  channel->go();
  CHECK(watchers.subscriptions() == 0);
}

TEST_CASE("the end is told with the last state, then the stream is closed") {
  Bench bench;
  bench.open(kLunch, 4);
  const auto exchange = bench.subscribed(kLunch);
  FakeChannel& channel = *exchange->channel;
  bench.close(kLunch);
  bench.settle();
  channel.run();
  const auto frames = channel.taken();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].starts_with("id: 5\nevent: results\ndata: {"));
  CHECK(frames[0].find("\"status\":\"closed\",\"final\":true") != std::string::npos);
  CHECK(frames[0].ends_with("\n\nevent: end\ndata: {\"seq\":5,\"code\":\"final\"}\n\n"));
  CHECK(channel.close_code);
  bench.hide(kLunch);
  bench.advance(500);
  channel.run();
  CHECK(channel.taken().empty());
  channel.go();
  CHECK(bench.hub.watchers().subscriptions() == 0);
}

TEST_CASE("a stream of a final poll: the result and the end, or 204 for who has seen them") {
  Bench bench;
  bench.open(kLunch, 4);
  bench.close(kLunch);
  bench.source.rows[kLunch].latest.seq = events::Seq{9};  // void entries after the closing
  for (const auto& change : {after("4"), last_event("4")}) {
    const auto exchange = bench.get(kLunch, change);
    REQUIRE(exchange->channel);
    exchange->channel->take_all();
    CHECK(exchange->channel->taken().back().find("event: end") != std::string::npos);
    CHECK(exchange->channel->close_code);
  }
  for (const char* seen : {"5", "9", "1000"}) {
    CHECK(bench.get(kLunch, after(seen))->answered->status == 204);
    CHECK(bench.get(kLunch, last_event(seen))->answered->status == 204);
  }
}

TEST_CASE("Last-Event-ID wins over after") {
  Bench bench;
  bench.open(kLunch, 4);
  bench.close(kLunch);
  const auto exchange = bench.get(kLunch, [](FakeRequest& request) {
    request.parameters.emplace_back("after", "1");
    request.headers["Last-Event-ID"] = "5";
  });
  CHECK(exchange->answered->status == 204);
}

TEST_CASE("the first state is not older than what the client has seen") {
  Bench bench;
  bench.open(kLunch, 4);
  const auto exchange = bench.get(kLunch, last_event("6"));
  CHECK(!exchange->answered);
  bench.advance(300);
  CHECK(!exchange->answered);
  bench.source.rows[kLunch].latest.seq = events::Seq{6};  // found without a notification
  bench.advance(300);
  REQUIRE(exchange->channel);
  exchange->channel->take_all();
  CHECK(seq_of(exchange->channel->taken().back()) == 6);
}

TEST_CASE("a read side that stays behind is told so after two seconds") {
  Bench bench;
  bench.open(kLunch, 4);
  const auto exchange = bench.get(kLunch, after("1000000"));
  bench.advance(1'900);
  CHECK(!exchange->answered);
  bench.advance(200);
  REQUIRE(exchange->answered);
  CHECK(exchange->answered->status == 503);
  CHECK(code_of(*exchange) == "behind");
  CHECK(bench.hub.watchers().subscriptions() == 0);
}

TEST_CASE("an unknown poll is waited for half a second") {
  Bench bench;
  const auto late = bench.get(kDinner);
  bench.advance(400);
  CHECK(!late->answered);
  bench.open(kDinner);
  bench.hub.notified({{kDinner, events::Seq{0}}});
  bench.settle();
  CHECK(late->channel);

  const auto never = bench.get(kLunch);
  bench.advance(400);
  CHECK(!never->answered);
  bench.advance(200);
  REQUIRE(never->answered);
  CHECK(never->answered->status == 404);
  CHECK(code_of(*never) == "no_such_poll");
}

TEST_CASE("refusals of a stream") {
  Bench bench;
  bench.open(kLunch, 3);
  const auto check = [&](const std::shared_ptr<FakeExchange>& exchange, int status,
                         const char* code) {
    REQUIRE(exchange->answered);
    CHECK(exchange->answered->status == status);
    CHECK(code_of(*exchange) == code);
    CHECK(!exchange->channel);
  };
  SUBCASE("an id that is none") { check(bench.ask("7q2m9x4ktb3d"), 404, "no_such_poll"); }
  SUBCASE("after that is none") { check(bench.get(kLunch, after("-1")), 400, "bad_request"); }
  SUBCASE("after twice") {
    const auto twice = [](FakeRequest& request) {
      request.parameters = {{"after", "1"}, {"after", "1"}};
    };
    check(bench.get(kLunch, twice), 400, "bad_request");
  }
  SUBCASE("an unknown parameter") {
    const auto other = [](FakeRequest& request) { request.parameters = {{"since", "1"}}; };
    check(bench.get(kLunch, other), 400, "bad_request");
  }
  SUBCASE("Last-Event-ID that is none") {
    check(bench.get(kLunch, last_event("01")), 400, "bad_request");
  }
  SUBCASE("hidden") {
    bench.hide(kLunch);
    check(bench.get(kLunch), 410, "poll_hidden");
  }
  SUBCASE("an id that was parked before it was opened") {
    bench.source.parked.insert(kDinner);
    check(bench.get(kDinner), 503, "poll_parked");
  }
  SUBCASE("the read side is away") {
    bench.source.fails = true;
    const auto exchange = bench.get(kLunch);
    bench.advance(2'100);
    check(exchange, 503, "not_ready");
  }
  SUBCASE("the server stops") {
    const auto exchange = bench.ask(kLunch.text());
    bench.hub.stop();
    check(exchange, 503, "not_ready");
    check(bench.ask(kLunch.text()), 503, "not_ready");
  }
}

TEST_CASE("subscriptions and polls watched are bounded") {
  HubSettings settings;
  settings.limits = {.subscriptions = 3, .polls = 2};
  Bench bench(settings);
  bench.open(kLunch);
  bench.open(kDinner);
  const auto lunch = bench.get(kLunch);
  const auto dinner = bench.get(kDinner);
  const events::PollId third{77};
  bench.open(third);
  CHECK(bench.get(third)->answered->status == 503);
  const auto again = bench.get(kLunch);
  CHECK(again->channel);
  const auto full = bench.get(kLunch);
  CHECK(full->answered->status == 503);
  CHECK(code_of(*full) == "overloaded");
  dinner->channel->go();
  bench.settle();
  CHECK(bench.get(third)->channel);
}

TEST_CASE("hidden while subscribed: told, then closed") {
  Bench bench;
  bench.open(kLunch, 3);
  const auto exchange = bench.subscribed(kLunch);
  bench.hide(kLunch);
  bench.settle();
  exchange->channel->run();
  const auto frames = exchange->channel->taken();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0] == "event: end\ndata: {\"seq\":4,\"code\":\"poll_hidden\"}\n\n");
  CHECK(exchange->channel->close_code);
}

TEST_CASE("a stopped hub of many streams gives everything back") {
  Bench bench;
  bench.open(kLunch);
  std::vector<std::shared_ptr<FakeExchange>> all;
  for (int i = 0; i < 10; ++i) all.push_back(bench.get(kLunch));
  CHECK(bench.hub.watchers().subscriptions() == 10);
  for (const auto& exchange : all) exchange->channel->go();
  bench.settle();
  CHECK(bench.hub.watchers().subscriptions() == 0);
  CHECK(bench.hub.watchers().polls() == 0);
}

}  // namespace flashpoll::query
