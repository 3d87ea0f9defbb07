#include <doctest/doctest.h>

#include "query/frames.h"
#include "query/sse_session.h"
#include "tests/query/live_fakes.h"

/// Counts that a viewer may not see are in no frame of his.
namespace flashpoll::query {
namespace {

using namespace test;
using events::Results;

struct Bench : HubBench {
  std::shared_ptr<FakeChannel> watch(Caller caller = {}) {
    auto channel = this->channel();
    hub.subscribe(kLunch, std::nullopt, std::move(caller), [&, channel](Admission admission) {
      channel->events =
          SseSession::open(hub.watchers(), std::move(std::get<Admitted>(admission)), channel);
    });
    settle();
    return channel;
  }
  std::string last(FakeChannel& channel) {
    channel.take_all();
    const auto frames = channel.taken();
    return frames.empty() ? "" : frames.back();
  }
  PollRow& open_with(Results results) {
    PollRow& row = open(kLunch, 3);
    row.settings.results = results;
    return row;
  }
};

bool shows_votes(const std::string& frame) { return frame.find("\"votes\"") != std::string::npos; }

}  // namespace

TEST_CASE("after_close: nobody sees counts before the closing entry, whatever the clock says") {
  Bench bench;
  bench.open_with(Results::after_close);
  Caller voter;
  voter.voter_token = events::voter_token(bench.mac, {7});
  bench.source.ballots.insert({kLunch, events::tag_of_device({bench.mac, kLunch}, {7})});
  const auto channel = bench.watch(voter);
  const std::string first = bench.last(*channel);
  CHECK(!shows_votes(first));
  CHECK(first.find("\"voters\":3,\"withheld\":\"after_close\"}") != std::string::npos);
  bench.clock.set_wall(kNoon + 7'200'000);
  bench.advance(1'100);
  const std::string closing = bench.last(*channel);
  CHECK(closing.find("\"status\":\"closing\"") != std::string::npos);
  CHECK(!shows_votes(closing));
  bench.close(kLunch);
  bench.advance(200);
  const std::string final = bench.last(*channel);
  CHECK(shows_votes(final));
  CHECK(final.find("withheld") == std::string::npos);
  CHECK(bench.source.look_ups == 0);
}

TEST_CASE("after_vote: who has a standing ballot sees, strangers do not, from one announcement") {
  Bench bench;
  bench.open_with(Results::after_vote);
  bench.source.ballots.insert({kLunch, events::tag_of_device({bench.mac, kLunch}, {7})});
  Caller by_cookie;
  by_cookie.cookie = events::voter_token(bench.mac, {7});
  Caller not_voted;
  not_voted.voter_token = events::voter_token(bench.mac, {8});
  Caller forged;
  forged.voter_token = "AAAAAAAAAAAAAAAAAAAAAAAA";
  const auto voted = bench.watch(by_cookie);
  const std::vector strangers{bench.watch(not_voted), bench.watch(forged), bench.watch()};
  CHECK(shows_votes(bench.last(*voted)));
  for (const auto& stranger : strangers) {
    const std::string frame = bench.last(*stranger);
    CHECK(!shows_votes(frame));
    CHECK(frame.find("\"withheld\":\"after_vote\"") != std::string::npos);
  }
  CHECK(bench.source.look_ups == 2);  // only valid credentials are looked up
  bench.advance(200);
  bench.vote(kLunch);
  bench.settle();
  for (const auto& stranger : strangers) stranger->run();
  CHECK(shows_votes(bench.last(*voted)));
  for (const auto& stranger : strangers) CHECK(!shows_votes(bench.last(*stranger)));
  bench.close(kLunch);
  bench.advance(200);
  voted->run();
  for (const auto& stranger : strangers) stranger->run();
  for (const auto& stranger : strangers) CHECK(shows_votes(bench.last(*stranger)));
}

TEST_CASE("after_vote in a poll with codes goes by the code") {
  Bench bench;
  PollRow& row = bench.open_with(Results::after_vote);
  row.settings.eligibility = events::Eligibility::codes;
  row.codes_issued = 10;
  bench.source.ballots.insert({kLunch, events::tag_of_code({bench.mac, kLunch}, 4)});
  bench.source.ballots.insert({kLunch, events::tag_of_code({bench.mac, kLunch}, 10)});
  const auto sees = [&](std::uint32_t index) {
    Caller caller;
    caller.code = events::one_time_code({bench.mac, kLunch}, index);
    return shows_votes(bench.last(*bench.watch(caller)));
  };
  CHECK(sees(4));
  CHECK(!sees(5));
  CHECK(!sees(10));  // never issued
}

TEST_CASE("a look-up that fails refuses the subscription") {
  Bench bench;
  bench.open_with(Results::after_vote);
  (void)bench.watch();
  bench.source.fails = true;
  Caller caller;
  caller.voter_token = events::voter_token(bench.mac, {7});
  std::optional<Admission> admission;
  bench.hub.subscribe(kLunch, std::nullopt, caller,
                      [&](Admission given) { admission = std::move(given); });
  bench.settle();
  REQUIRE(admission);
  CHECK(std::get<Refused>(*admission).refusal == events::Refusal::not_ready);
}

TEST_CASE("a poll of another secret keeps its counts from everybody while withheld") {
  Bench bench;
  PollRow& row = bench.open_with(Results::after_vote);
  row.settings.key = {};
  bench.source.ballots.insert({kLunch, events::tag_of_device({bench.mac, kLunch}, {7})});
  Caller caller;
  caller.voter_token = events::voter_token(bench.mac, {7});
  CHECK(!shows_votes(bench.last(*bench.watch(caller))));
}

TEST_CASE("frames that nobody may see are not even made") {
  PollRow row;
  row.settings.results = Results::after_close;
  row.settings.closes_at = kNoon;
  row.latest.votes = {5, 6};
  const auto withheld = announce(row, Status::open, 1);
  CHECK(!withheld->plain.events);
  CHECK(!withheld->plain.message);
  CHECK(!shows_votes(*withheld->frames(true).events));
  CHECK(!shows_votes(*withheld->frames(false).message));
  row.settings.results = Results::live;
  const auto live = announce(row, Status::open, 2);
  CHECK(!live->withheld.message);
  CHECK(live->frames(false).message->ends_with("\"votes\":[5,6]}"));
}

}  // namespace flashpoll::query
