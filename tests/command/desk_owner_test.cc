#include "tests/command/desk_bench.h"

using namespace flashpoll;
using namespace flashpoll::command;
using namespace flashpoll::command::testing;
using events::Refusal;

namespace {

events::PollOpened with_codes() {
  events::PollOpened event = lunch();
  event.eligibility = events::Eligibility::codes;
  return event;
}

CastVote vote_with_code(std::uint32_t index, const VoterTag& voter, std::uint8_t vote_id) {
  CastVote command{kPoll, {}, uuid(vote_id), {0}, {}};
  command.claims.code = claim(voter);
  command.claims.code_index = index;
  return command;
}

}  // namespace

TEST_CASE("an opening is idempotent by its id, and another one draws again") {
  Bench bench = bench_with(lunch());
  const RequestId again = bench.send(open_command());
  CHECK(bench.accepted(again).receipt.closes_at == kCloses);
  CHECK_FALSE(bench.accepted(again).created);
  events::PollOpened other = lunch();
  other.id = uuid(99);
  const RequestId taken = bench.send(open_command(other));
  CHECK(std::holds_alternative<IdTaken>(bench.reply(taken)));
}

TEST_CASE("two nodes open the same poll at once: both get the same answer") {
  Bench bench(2);
  const RequestId first = bench.send(open_command(), 0);
  const RequestId second = bench.send(open_command(), 1);
  bench.settle();
  CHECK(bench.accepted(first).receipt.seq == Seq(0));
  CHECK(bench.accepted(second).receipt.seq == Seq(0));
  CHECK(bench.accepted(first).created != bench.accepted(second).created);
}

TEST_CASE("an original answer to an opening does not change by an extension") {
  Bench bench = bench_with(lunch());
  const RequestId extension = bench.send(ExtendPoll{kPoll, {}, uuid(91), {}, 60'000});
  bench.settle();
  CHECK(bench.accepted(extension).receipt.closes_at == kCloses + 60'000);
  const RequestId again = bench.send(open_command());
  CHECK(bench.accepted(again).receipt.closes_at == kCloses);
}

TEST_CASE("an owner's command whose effect stands is answered with the entry that made it so") {
  Bench bench = bench_with(lunch(), 2);
  const RequestId first = bench.send(ClosePoll{kPoll, {}, uuid(91)}, 0);
  const RequestId second = bench.send(ClosePoll{kPoll, {}, uuid(92)}, 1);
  bench.settle();
  CHECK(bench.accepted(first).receipt.seq == Seq(1));
  CHECK(bench.accepted(second).receipt.seq == Seq(1));
  const RequestId hide = bench.send(HidePoll{kPoll, {}, uuid(93)}, 1);
  bench.settle();
  const RequestId again = bench.send(HidePoll{kPoll, {}, uuid(94)}, 0);
  CHECK(bench.accepted(again).receipt.seq == bench.accepted(hide).receipt.seq);
  const RequestId close = bench.send(ClosePoll{kPoll, {}, uuid(95)}, 0);
  CHECK(bench.refused(close).refusal == Refusal::poll_hidden);
}

TEST_CASE("extending: to later only, to the present time is as it stands") {
  Bench bench = bench_with(lunch());
  const RequestId same = bench.send(ExtendPoll{kPoll, {}, uuid(91), kCloses, 0});
  CHECK(bench.accepted(same).receipt.closes_at == kCloses);
  const RequestId earlier = bench.send(ExtendPoll{kPoll, {}, uuid(92), kCloses - 1, 0});
  bench.look_up();
  CHECK(bench.refused(earlier).refusal == Refusal::not_later);
  const RequestId beyond = bench.send(ExtendPoll{kPoll, {}, uuid(93), {}, events::kMaxTimeMs});
  CHECK(bench.refused(beyond).refusal == Refusal::invalid);
}

TEST_CASE("only the owner commands") {
  Bench bench = bench_with(lunch());
  events::ManageHash wrong{};
  wrong[0] = 1;
  for (const Command& command :
       {Command(ClosePoll{kPoll, wrong, uuid(91)}), Command(HidePoll{kPoll, wrong, uuid(92)}),
        Command(ExtendPoll{kPoll, wrong, uuid(93), kCloses + 1, 0}),
        Command(IssueCodes{kPoll, wrong, uuid(94), 1, {}})}) {
    CHECK(bench.refused(bench.send(command)).refusal == Refusal::not_owner);
  }
}

TEST_CASE("codes: two nodes issue at once, each gets its own") {
  Bench bench = bench_with(with_codes(), 2);
  const RequestId first = bench.send(IssueCodes{kPoll, {}, uuid(91), 10, {}}, 0);
  const RequestId second = bench.send(IssueCodes{kPoll, {}, uuid(92), 5, {}}, 1);
  bench.settle();
  CHECK(bench.accepted(first).receipt.first != bench.accepted(second).receipt.first);
  CHECK(bench.poll().codes_issued == 15);
  const RequestId shown = bench.send(IssueCodes{kPoll, {}, uuid(93), 10, 0});
  CHECK(bench.accepted(shown).receipt.count == 10);
  const RequestId gap = bench.send(IssueCodes{kPoll, {}, uuid(94), 10, 100});
  bench.look_up();
  CHECK(bench.refused(gap).refusal == Refusal::invalid);
}

TEST_CASE("a code counts once, and only if it was issued") {
  Bench bench = bench_with(with_codes());
  bench.send(IssueCodes{kPoll, {}, uuid(91), 2, {}});
  bench.settle();
  const RequestId good = bench.send(vote_with_code(1, ann, 1));
  bench.settle();
  CHECK(bench.accepted(good).created);
  const RequestId twice = bench.send(vote_with_code(1, ann, 2));
  bench.settle();
  CHECK(bench.refused(twice).refusal == Refusal::already_voted);
  const RequestId not_issued = bench.send(vote_with_code(2, bob, 3));
  bench.look_up();
  CHECK(bench.refused(not_issued).refusal == Refusal::credential_invalid);
  const RequestId none = bench.send(CastVote{kPoll, {}, uuid(4), {0}, {}});
  CHECK(bench.refused(none).refusal == Refusal::credential_missing);
}

TEST_CASE("a derived device serves a first ballot only") {
  Bench bench = bench_with(changeable());
  CastVote command{kPoll, {}, uuid(1), {0}, {}};
  command.claims.derived = DerivedDevice{{}, ann};
  const RequestId first = bench.send(command);
  bench.settle();
  CHECK(bench.accepted(first).created);
  command.vote_id = uuid(2);
  command.replaces = Seq(1);
  const RequestId change = bench.send(command);
  CHECK(bench.refused(change).refusal == Refusal::credential_missing);
}

TEST_CASE("a poll that nobody looks at is closed within two seconds") {
  Bench bench = bench_with(lunch(), 2);
  bench.pass(kCloses - kStart - 1);
  CHECK(bench.handed_in(0) + bench.handed_in(1) == 0);
  bench.pass(501);
  bench.land(0);
  bench.land(1);
  bench.settle();
  CHECK(bench.poll(0).closed.has_value());
  CHECK(bench.poll(1).closed.has_value());
  bench.pass(5'000);
  CHECK(bench.handed_in(0) + bench.handed_in(1) == 0);
}

TEST_CASE("a closing that is lost is announced again a second later") {
  Bench bench = bench_with(lunch());
  bench.pass(kCloses - kStart + 500);
  CHECK(bench.handed_in() == 1);
  bench.fail();
  bench.pass(999);
  CHECK(bench.handed_in() == 0);
  bench.pass(1);
  CHECK(bench.handed_in() == 1);
}

TEST_CASE("a clock ten seconds ahead announces too early, without effect") {
  Bench bench = bench_with(lunch());
  bench.set_wall(kCloses + 500);
  bench.pass(1);
  bench.settle();
  CHECK_FALSE(bench.poll().closed.has_value());
  const RequestId id = bench.send(vote(ann, {0}, 1));
  bench.settle();
  CHECK(bench.accepted(id).created);
}

TEST_CASE("a clock ten seconds ahead fills no ledger, and the end still comes in time") {
  Bench bench = bench_with(lunch());
  bench.pass(kCloses - kStart - 10'000);
  const std::size_t before = bench.ledger().size();
  bench.set_wall(kCloses + 500);
  for (int i = 0; i < 1'050; ++i) {
    bench.pass(10);
    bench.settle();
  }
  CHECK(bench.poll().closed.has_value());
  CHECK(bench.ledger().size() - before <= 3);
}

TEST_CASE("a clock that was set right again announces at the end") {
  Bench bench = bench_with(lunch());
  bench.pass(kCloses - kStart - 10'000);
  bench.set_wall(kCloses + 3'600'000);
  bench.pass(1);
  bench.settle();
  CHECK_FALSE(bench.poll().closed.has_value());
  bench.set_wall(kCloses - 9'999);
  bench.pass(10'501);
  bench.settle();
  CHECK(bench.poll().closed.has_value());
}

TEST_CASE("a folded time past the end closes at once, whatever the clock says") {
  Bench bench = bench_with(lunch());
  bench.set_ledger_time(kCloses + 1);
  bench.send(vote(ann, {0}, 1));
  bench.settle();
  bench.pass(1);
  CHECK(bench.handed_in() == 1);
  bench.settle();
  CHECK(bench.poll().closed.has_value());
}

TEST_CASE("a scheduled poll opens in time on a ledger that was quiet") {
  events::PollOpened later = lunch();
  later.opens_at = kStart + 86'400'000;
  later.closes_at = later.opens_at + 3'600'000;
  Bench bench = bench_with(later);
  bench.pass(86'400'000 - 1'002);
  const RequestId early = bench.send(vote(ann, {0}, 1));
  CHECK(bench.refused(early).refusal == Refusal::poll_not_open);
  bench.pass(2);
  const RequestId near = bench.send(vote(ann, {0}, 2));
  bench.settle();
  CHECK(bench.refused(near).refusal == Refusal::poll_not_open);
  bench.pass(1'000);
  const RequestId in_time = bench.send(vote(ann, {0}, 3));
  bench.settle();
  CHECK(bench.accepted(in_time).created);
}

TEST_CASE("another secret's poll takes no votes here") {
  Bench bench(1);
  events::PollOpened foreign = lunch();
  foreign.key[0] = 1;
  bench.land_event(events::Event{foreign});
  bench.settle();
  const RequestId id = bench.send(vote(ann, {0}, 1));
  CHECK(bench.refused(id).refusal == Refusal::wrong_secret);
}
