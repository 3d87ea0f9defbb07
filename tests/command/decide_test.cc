#include "command/decide.h"

#include "tests/command/desk_bench.h"

using namespace flashpoll;
using namespace flashpoll::command;
using namespace flashpoll::command::testing;
using events::Refusal;

namespace {

Decision decide_on(Scenario& scenario, const Command& command, TimeMs ledger_now = kStart) {
  return decide(scenario.fold(), command, Setting{ledger_now, {}});
}

void check_refusal(const Decision& decision, Refusal refusal, bool final) {
  REQUIRE(std::holds_alternative<Refuse>(decision));
  CHECK(std::get<Refuse>(decision).refused.refusal == refusal);
  CHECK(std::get<Refuse>(decision).final == final);
}

}  // namespace

TEST_CASE("what cannot become untrue is refused at once, all else after catching up") {
  auto plain = given(opened(), cast(ann, {0}, 1));
  check_refusal(decide_on(plain, vote(bob, {9}, 2)), Refusal::invalid_choices, true);
  check_refusal(decide_on(plain, vote(ann, {1}, 2)), Refusal::already_voted, true);
  check_refusal(decide_on(plain, vote(ann, {1}, 1)), Refusal::vote_id_reused, false);
  check_refusal(decide_on(plain, vote(ann, {1}, 2, 1)), Refusal::change_not_allowed, false);

  auto open_to_change = given(opened(changeable()), cast(ann, {0}, 1));
  check_refusal(decide_on(open_to_change, vote(ann, {1}, 2)), Refusal::already_voted, false);
  check_refusal(decide_on(open_to_change, vote(ann, {1}, 2, 9)), Refusal::stale_replace, false);

  auto ended = given(opened(), closed());
  check_refusal(decide_on(ended, vote(ann, {1}, 2)), Refusal::poll_closed, true);
  auto gone = given(opened(), hidden());
  check_refusal(decide_on(gone, vote(ann, {1}, 2)), Refusal::poll_hidden, true);
}

TEST_CASE("no refusal for closing uses a clock") {
  auto scenario = given(opened());
  CHECK(std::holds_alternative<Append>(decide_on(scenario, vote(ann, {0}, 1), kCloses + 1000)));
}

TEST_CASE("the standing request is found before any refusal but hidden") {
  auto ended = given(opened(), cast(ann, {0}, 1), closed());
  CHECK(std::holds_alternative<Stands>(decide_on(ended, vote(ann, {0}, 1))));
  auto gone = given(opened(), cast(ann, {0}, 1), hidden());
  check_refusal(decide_on(gone, vote(ann, {0}, 1)), Refusal::poll_hidden, true);
}

TEST_CASE("a refusal for a ballot that stands brings its receipt") {
  auto scenario = given(opened(), cast(ann, {2}, 1));
  const Decision decision = decide_on(scenario, vote(ann, {1}, 2));
  const Refused& refused = std::get<Refuse>(decision).refused;
  REQUIRE(refused.receipt.has_value());
  CHECK(refused.receipt->seq == Seq(1));
  CHECK(refused.receipt->vote->choices == events::Choices{2});
}

TEST_CASE("credentials are asked for as the poll says") {
  events::PollOpened trusted = lunch();
  trusted.eligibility = events::Eligibility::trusted;
  auto scenario = given(opened(trusted));
  check_refusal(decide_on(scenario, vote(ann, {0}, 1)), Refusal::credential_missing, true);
  CastVote command = vote(ann, {0}, 1);
  command.claims.trusted.state = Claim::State::invalid;
  check_refusal(decide_on(scenario, command), Refusal::credential_invalid, true);
  command.claims.trusted = claim(bob);
  const Decision decision = decide_on(scenario, command);
  CHECK(std::get<events::VoteCast>(std::get<Append>(decision).event).voter == bob);
}

TEST_CASE("a retraction has the id that belongs to the credential which the poll asks for") {
  for (const auto eligibility :
       {events::Eligibility::open, events::Eligibility::codes, events::Eligibility::trusted}) {
    events::PollOpened poll = changeable();
    poll.eligibility = eligibility;
    auto scenario = given(opened(poll), issued(0, 1), cast(bob, {0}, 1));
    RetractVote command{kPoll, {}, Seq(2)};
    command.claims.device = command.claims.code = command.claims.trusted = claim(bob);
    command.ids = {uuid(10), uuid(11), uuid(12)};
    const Decision decision = decide_on(scenario, command);
    const auto& event = std::get<events::VoteRetracted>(std::get<Append>(decision).event);
    CHECK(event.vote_id == command.ids[static_cast<std::size_t>(eligibility)]);
  }
}
