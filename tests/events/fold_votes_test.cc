#include "tests/support/given.h"

using namespace flashpoll::events;
using namespace flashpoll::events::testing;

TEST_CASE("a ballot counts") { given(opened()).when(cast(ann, {0})).counted().counts({1, 0, 0}); }

TEST_CASE("a second ballot of the same voter is void, the first one stands") {
  given(opened(), cast(ann, {0}))
      .when(cast(ann, {1}, 9))
      .then(Reason::already_voted)
      .counts({1, 0, 0});
}

TEST_CASE("the same request again is a repeat and counts once") {
  auto scenario = given(opened(), cast(ann, {0}));
  scenario.when(cast(ann, {0})).then(Reason::repeat).counts({1, 0, 0});
  CHECK(scenario.poll().standing == 1);
}

TEST_CASE("a vote_id with other content is told so") {
  given(opened(), cast(ann, {0})).when(cast(ann, {1})).then(Reason::vote_id_reused);
  given(opened(changeable()), cast(ann, {0}))
      .when(cast(ann, {0}, 1, 1))
      .then(Reason::vote_id_reused);
}

TEST_CASE("another voter may use the same vote_id") {
  given(opened(), cast(ann, {0}, 7)).when(cast(bob, {1}, 7)).counted().counts({1, 1, 0});
}

TEST_CASE("a change moves the ballot") {
  given(opened(changeable()), cast(ann, {0}))
      .when(cast(ann, {1}, 9, 1))
      .counted()
      .counts({0, 1, 0});
}

TEST_CASE("only the latest counted entry can be replaced") {
  auto scenario = given(opened(changeable()), cast(ann, {0}), cast(ann, {1}, 9, 1));
  scenario.when(cast(ann, {2}, 10, 1)).then(Reason::stale_replace).counts({0, 1, 0});
  scenario.when(cast(ann, {2}, 11)).then(Reason::already_voted);
  scenario.when(cast(ann, {2}, 12, 2)).counted().counts({0, 0, 1});
  scenario.when(cast(bob, {2}, 13, 2)).then(Reason::stale_replace);
}

TEST_CASE("late duplicates of a changed and of a retracted ballot change nothing") {
  auto scenario = given(opened(changeable()), cast(ann, {0}), cast(ann, {1}, 9, 1));
  scenario.when(cast(ann, {0})).then(Reason::already_voted).counts({0, 1, 0});
  scenario.when(retract(ann, 2)).counted().counts({0, 0, 0});
  scenario.when(cast(ann, {1}, 9, 1)).then(Reason::stale_replace).counts({0, 0, 0});
  scenario.when(cast(ann, {0})).then(Reason::already_voted).counts({0, 0, 0});
}

TEST_CASE("after a retraction a new ballot names the retraction") {
  auto scenario = given(opened(changeable()), cast(ann, {0}), retract(ann, 1));
  CHECK(scenario.poll().standing == 0);
  scenario.when(retract(ann, 2, 201)).then(Reason::stale_replace);
  scenario.when(retract(ann, 1)).then(Reason::repeat);
  scenario.when(cast(ann, {2}, 9, 2)).counted().counts({0, 0, 1});
  CHECK(scenario.poll().standing == 1);
}

TEST_CASE("changes need a poll that allows them") {
  given(opened(), cast(ann, {0})).when(cast(ann, {1}, 9, 1)).then(Reason::change_not_allowed);
  given(opened(), cast(ann, {0})).when(retract(ann, 1)).then(Reason::change_not_allowed);
}

TEST_CASE("choices are in range, different, and as many as the poll asks for") {
  PollOpened approval = lunch();
  approval.min = 1;
  approval.max = 2;
  approval.method = Method::approval;
  given(opened(approval)).when(cast(ann, {})).then(Reason::invalid_choices);
  given(opened(approval)).when(cast(ann, {0, 1, 2})).then(Reason::invalid_choices);
  given(opened(approval)).when(cast(ann, {1, 1})).then(Reason::invalid_choices);
  given(opened(approval)).when(cast(ann, {3})).then(Reason::invalid_choices);
  given(opened(approval)).when(cast(ann, {255})).then(Reason::invalid_choices);
  given(opened(approval)).when(cast(ann, {2, 0})).counted().counts({1, 0, 1});
}

TEST_CASE("a ballot of many choices is kept and taken back whole") {
  PollOpened wide = changeable();
  wide.choices.assign(40, "");
  for (int i = 0; i < 40; ++i) wide.choices[i] = std::to_string(i);
  wide.max = 40;
  wide.method = Method::approval;
  Choices many;
  for (std::uint8_t i = 0; i < 30; ++i) many.push_back(i);
  auto scenario = given(opened(wide), cast(ann, many));
  scenario.when(cast(ann, many)).then(Reason::repeat);
  scenario.when(cast(ann, {39}, 9, 1)).counted();
  CHECK(scenario.poll().votes[0] == 0);
  CHECK(scenario.poll().votes[39] == 1);
}

TEST_CASE("time is the ledger's and never steps back") {
  auto scenario = given(opened());
  scenario.when(at(kCloses - 1, cast(ann, {0}))).counted();
  scenario.when(at(kCloses - 60'000, cast(bob, {0}))).counted();
  CHECK(scenario.poll().at == kCloses - 1);
  scenario.when(at(kCloses, cast(voter(3), {0}))).then(Reason::poll_closed);
  scenario.when(at(kCloses - 1, cast(voter(4), {0}))).then(Reason::poll_closed);
}

TEST_CASE("a scheduled poll takes votes from opens_at on") {
  PollOpened later = lunch();
  later.opens_at = kStart + 60'000;
  auto scenario = given(opened(later));
  scenario.when(at(kStart + 59'999, cast(ann, {0}))).then(Reason::poll_not_open);
  scenario.when(at(kStart + 60'000, cast(ann, {0}))).counted();
}

TEST_CASE("many voters, each once: counts agree whatever the map does inside") {
  auto scenario = given(opened());
  for (int i = 0; i < 10'000; ++i) {
    VoterTag tag;
    tag.bytes[0] = static_cast<std::uint8_t>(i * 7);
    tag.bytes[8] = static_cast<std::uint8_t>(i);
    tag.bytes[9] = static_cast<std::uint8_t>(i >> 8);
    scenario.given(at(kStart + 1000, cast(tag, {static_cast<std::uint8_t>(i % 3)}, 5)));
    REQUIRE(scenario.poll().standing == static_cast<std::uint64_t>(i + 1));
    if (i % 100 == 0)
      scenario.when(cast(tag, {static_cast<std::uint8_t>(i % 3)}, 5)).then(Reason::repeat);
  }
  scenario.counts({3334, 3333, 3333});
  CHECK(scenario.poll().voters.size() == 10'000);
}

TEST_CASE("an entry names the choices of the ballot that came and of the one that went") {
  PollOpened approval = changeable();
  approval.max = 3;
  approval.method = Method::approval;
  auto scenario = given(opened(approval), cast(ann, {0, 1}));
  CHECK(scenario.added() == Choices{0, 1});
  scenario.when(cast(ann, {1, 2}, 9, 1)).counted().counts({0, 1, 1});
  CHECK(scenario.added() == Choices{1, 2});
  CHECK(scenario.removed() == Choices{0, 1});
  scenario.when(retract(ann, 2)).counted().counts({0, 0, 0});
  CHECK(scenario.added().empty());
  CHECK(scenario.removed() == Choices{1, 2});
}
