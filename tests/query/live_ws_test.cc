#include <doctest/doctest.h>

#include "query/live_routes.h"
#include "query/ws_session.h"
#include "tests/query/live_exchange.h"

namespace flashpoll::query {
namespace {

using namespace test;

std::string subscribe_to(events::PollId poll, const std::string& more = "") {
  return "{\"subscribe\":\"" + poll.text() + "\"" + more + "}";
}

struct Bench : HubBench {
  explicit Bench(HubSettings settings = {}) : HubBench(settings) {}

  std::shared_ptr<FakeChannel> connect(Caller caller = {}) {
    const auto channel = this->channel();
    channel->events = WsSession::open(hub, std::move(caller), channel);
    return channel;
  }
  /// A client that is subscribed to these polls, and has taken their state; the next change is told
  /// at once.
  std::shared_ptr<FakeChannel> subscribed(const std::vector<events::PollId>& polls) {
    const auto channel = connect();
    for (const events::PollId poll : polls) REQUIRE(say(*channel, subscribe_to(poll)).size() == 2);
    advance(200);
    return channel;
  }
  /// What the client gets in answer, all of it taken.
  std::vector<std::string> say(FakeChannel& channel, const std::string& text) {
    channel.events.on_text(text);
    return drain(channel);
  }
  std::vector<std::string> drain(FakeChannel& channel) {
    for (int i = 0; i < 3; ++i) {
      settle();
      channel.take_all();
    }
    return channel.taken();
  }
};

std::string state(events::PollId poll, std::uint64_t seq) {
  return "{\"poll\":\"" + poll.text() + "\",\"seq\":" + std::to_string(seq) +
         ",\"at\":\"2027-01-15T08:00:00.000Z\",\"status\":\"open\",\"final\":false,"
         "\"closes_at\":\"2027-01-15T09:00:00.000Z\",\"voters\":" +
         std::to_string(seq) + ",\"votes\":[" + std::to_string(seq) + ",0]}";
}

bool is_problem(const std::string& message, const std::string& poll, const std::string& code) {
  return message.starts_with("{\"poll\":\"" + poll + "\",\"problem\":{") &&
         message.find("\"code\":\"" + code + "\"") != std::string::npos;
}

}  // namespace

TEST_CASE("a subscription is confirmed, then the full state and each change come") {
  Bench bench;
  bench.open(kLunch, 3);
  const auto channel = bench.connect();
  CHECK(bench.say(*channel, subscribe_to(kLunch)) ==
        std::vector{"{\"subscribed\":\"" + kLunch.text() + "\"}", state(kLunch, 3)});
  bench.advance(200);
  bench.vote(kLunch);
  CHECK(bench.drain(*channel) == std::vector{state(kLunch, 4)});
  CHECK(bench.say(*channel, "{\"unsubscribe\":\"" + kLunch.text() + "\"}") ==
        std::vector{"{\"unsubscribed\":\"" + kLunch.text() + "\"}"});
  bench.advance(200);
  bench.vote(kLunch);
  CHECK(bench.drain(*channel).empty());
  CHECK(bench.hub.watchers().subscriptions() == 0);
}

TEST_CASE("what is no message of the protocol closes with 1008") {
  Bench bench;
  bench.open(kLunch);
  const std::string id = kLunch.text();
  for (const std::string& text :
       {std::string("hello"), std::string("[]"), std::string("{}"), std::string("42"),
        "{\"subscribe\":\"" + id + "\",\"unsubscribe\":\"" + id + "\"}",
        "{\"subscribe\":\"" + id + "\",\"since\":1}",
        "{\"unsubscribe\":\"" + id + "\",\"after\":1}",
        "{\"subscribe\":\"" + id + "\",\"after\":-1}",
        "{\"subscribe\":\"" + id + "\",\"after\":\"1\"}",
        "{\"subscribe\":\"" + id + "\",\"credential\":1}", std::string("{\"subscribe\":7}"),
        "{\"subscribe\":\"" + id + "\"}{}"}) {
    INFO(text);
    const auto channel = bench.connect();
    CHECK(bench.say(*channel, text).empty());
    REQUIRE(channel->close_code);
    CHECK(*channel->close_code == 1008);
    channel->events.on_text(subscribe_to(kLunch));  // too late
    CHECK(bench.drain(*channel).empty());
  }
  CHECK(bench.hub.watchers().subscriptions() == 0);
}

TEST_CASE("a refused subscription is a problem of that poll and leaves the others alone") {
  Bench bench;
  bench.open(kLunch, 1);
  const auto channel = bench.subscribed({kLunch});
  const auto one = [&](const std::string& text, std::int64_t wait_ms = 0) {
    channel->events.on_text(text);
    bench.advance(wait_ms);
    const auto answers = bench.drain(*channel);
    REQUIRE(answers.size() == 1);
    return answers[0];
  };
  CHECK(is_problem(one("{\"subscribe\":\"no id\"}"), "no id", "no_such_poll"));
  CHECK(is_problem(one(subscribe_to(kDinner), 600), kDinner.text(), "no_such_poll"));
  bench.open(kDinner, 1);
  CHECK(is_problem(one(subscribe_to(kDinner, ",\"after\":9"), 2'100), kDinner.text(), "behind"));
  bench.hide(kDinner);
  CHECK(is_problem(one(subscribe_to(kDinner), 300), kDinner.text(), "poll_hidden"));
  bench.source.parked.insert(events::PollId{5});
  CHECK(is_problem(one(subscribe_to(events::PollId{5})), events::PollId{5}.text(), "poll_parked"));
  CHECK(!channel->close_code);
  bench.vote(kLunch);
  bench.advance(200);
  CHECK(bench.drain(*channel) == std::vector{state(kLunch, 2)});
}

TEST_CASE("one connection watches at most 64 polls") {
  Bench bench;
  const auto channel = bench.connect();
  for (std::uint64_t i = 1; i <= 64; ++i) {
    bench.open(events::PollId{i});
    CHECK(bench.say(*channel, subscribe_to(events::PollId{i})).size() == 2);
  }
  bench.open(kLunch);
  const auto answers = bench.say(*channel, subscribe_to(kLunch));
  REQUIRE(answers.size() == 1);
  CHECK(is_problem(answers[0], kLunch.text(), "bad_request"));
  CHECK(bench.say(*channel, subscribe_to(events::PollId{1})).size() == 2);  // again: not one more
  CHECK(bench.hub.watchers().subscriptions() == 64);
  channel->go();
  bench.settle();
  CHECK(bench.hub.watchers().subscriptions() == 0);
}

TEST_CASE("questions that were given up count until they are answered") {
  Bench bench;
  const auto channel = bench.connect();
  std::vector<std::string> answers;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    const std::string id = events::PollId{i}.text();
    channel->events.on_text("{\"subscribe\":\"" + id + "\",\"after\":5}");
    channel->events.on_text("{\"unsubscribe\":\"" + id + "\"}");
    for (const auto& answer : bench.drain(*channel)) answers.push_back(answer);
  }
  const auto refused = std::count_if(answers.begin(), answers.end(), [](const std::string& answer) {
    return answer.find("bad_request") != std::string::npos;
  });
  CHECK(refused == 100 - 64);
  CHECK(bench.hub.watchers().subscriptions() == 64);
  bench.advance(2'100);
  CHECK(bench.drain(*channel).empty());
  CHECK(bench.hub.watchers().subscriptions() == 0);
}

TEST_CASE("subscribing again sends the state again, now with the credential") {
  Bench bench;
  PollRow& row = bench.open(kLunch, 3);
  row.settings.results = events::Results::after_vote;
  const events::DeviceId device{1, 2, 3};
  bench.source.ballots.insert({kLunch, events::tag_of_device({bench.mac, kLunch}, device)});
  const auto channel = bench.connect();
  const auto before = bench.say(*channel, subscribe_to(kLunch));
  REQUIRE(before.size() == 2);
  CHECK(before[1].find("votes\"") == std::string::npos);
  CHECK(before[1].find("\"withheld\":\"after_vote\"") != std::string::npos);
  const auto voted =
      bench.say(*channel, subscribe_to(kLunch, ",\"after\":3,\"credential\":\"" +
                                                   events::voter_token(bench.mac, device) + "\""));
  CHECK(voted == std::vector{"{\"subscribed\":\"" + kLunch.text() + "\"}", state(kLunch, 3)});
  CHECK(bench.hub.watchers().subscriptions() == 1);
}

TEST_CASE("a final state ends its subscription") {
  Bench bench;
  bench.open(kLunch, 3);
  const auto channel = bench.subscribed({kLunch});
  bench.close(kLunch);
  const auto told = bench.drain(*channel);
  REQUIRE(told.size() == 1);
  CHECK(told[0].find("\"final\":true") != std::string::npos);
  CHECK(bench.hub.watchers().subscriptions() == 0);
  CHECK(!channel->close_code);
  // Who has seen the end and asks again is told it again.
  const auto again = bench.say(*channel, subscribe_to(kLunch, ",\"after\":4"));
  REQUIRE(again.size() == 2);
  CHECK(again[1] == told[0]);
  CHECK(bench.drain(*channel).empty());
  CHECK(bench.hub.watchers().subscriptions() == 0);
}

TEST_CASE("hidden while subscribed is a problem of that poll and ends its subscription") {
  Bench bench;
  bench.open(kLunch, 3);
  const auto channel = bench.subscribed({kLunch});
  bench.hide(kLunch);
  const auto told = bench.drain(*channel);
  REQUIRE(told.size() == 1);
  CHECK(is_problem(told[0], kLunch.text(), "poll_hidden"));
  CHECK(bench.hub.watchers().subscriptions() == 0);
}

TEST_CASE("a slow client gets the newest state of each poll, in turn") {
  Bench bench;
  bench.open(kLunch);
  bench.open(kDinner);
  const auto channel = bench.subscribed({kLunch, kDinner});
  for (int i = 0; i < 10; ++i) {
    bench.vote(kLunch);
    bench.vote(kDinner);
    bench.advance(100);
    channel->run();
  }
  CHECK(channel->taken().size() == 1);  // in flight
  channel->take_all();
  const auto frames = channel->taken();
  CHECK(frames.size() == 2);
  for (const auto& frame : frames) CHECK(seq_of(frame) == 10);
}

TEST_CASE("a client that asks and never reads is closed with 1013") {
  Bench bench;
  const auto channel = bench.connect();
  int heard = 0;
  for (; heard < 1'000 && !channel->close_code; ++heard)
    channel->events.on_text("{\"unsubscribe\":\"" + kLunch.text() + "\"}");
  REQUIRE(channel->close_code);
  CHECK(*channel->close_code == 1013);
  CHECK(heard == static_cast<int>(WsSession::kMaxAnswers) + 2);
}

TEST_CASE("unsubscribing while the question is under way gives no state") {
  Bench bench;
  bench.open(kLunch);
  const auto channel = bench.connect();
  channel->events.on_text(subscribe_to(kLunch));
  channel->events.on_text("{\"unsubscribe\":\"" + kLunch.text() + "\"}");
  CHECK(bench.drain(*channel) == std::vector{"{\"unsubscribed\":\"" + kLunch.text() + "\"}"});
  CHECK(bench.hub.watchers().subscriptions() == 0);
}

TEST_CASE("a connection that goes while it asks leaves nothing behind") {
  Bench bench;
  bench.open(kLunch);
  const auto channel = bench.connect();
  channel->events.on_text(subscribe_to(kLunch));
  channel->go();
  bench.settle();
  CHECK(bench.hub.watchers().subscriptions() == 0);
}

TEST_CASE("the handshake: subprotocol and origin") {
  Bench bench;
  http::Router router;
  add_live_routes(router, bench.hub,
                  {.public_url = "https://polls.example/x", .allowed = {"https://friend.example"}});
  const auto connect = [&](const std::string& offered, const std::string& origin) {
    const auto name = [&](FakeRequest& request) {
      request.headers["Host"] = "node1:8080";
      if (!origin.empty()) request.headers["Origin"] = origin;
    };
    return ask(router, "/v1/ws", name, offered);
  };
  const std::string ours = "flashpoll.v1+json";
  for (const char* origin : {"", "http://node1:8080", "https://NODE1:8080", "https://polls.example",
                             "https://friend.example"}) {
    INFO(origin);
    CHECK(connect(ours, origin)->channel);
  }
  for (const char* origin :
       {"null", "http://node1", "http://node1:80801", "https://evil.example",
        "https://polls.example.evil.example", "node1:8080", "https://friend.example/"}) {
    INFO(origin);
    const auto exchange = connect(ours, origin);
    CHECK(!exchange->channel);
    CHECK(exchange->answered->status == 403);
    CHECK(exchange->answered->body.find("\"origin_not_allowed\"") != std::string::npos);
  }
  for (const char* offered : {"", "other"}) {
    const auto exchange = connect(offered, "");
    CHECK(exchange->answered->status == 426);
    CHECK(exchange->answered->body.find("\"upgrade_required\"") != std::string::npos);
  }
}

}  // namespace flashpoll::query
