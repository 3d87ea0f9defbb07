#include "tests/command/desk_bench.h"

using namespace flashpoll;
using namespace flashpoll::command;
using namespace flashpoll::command::testing;
using events::Refusal;
using ledger::AppendStatus;

TEST_CASE("a vote is answered when it is folded and its append is reported") {
  Bench bench = bench_with(lunch());
  const RequestId id = bench.send(vote(ann, {0}, 1));
  bench.land();
  CHECK_FALSE(bench.answered(id));
  SUBCASE("report first") {
    bench.report();
    CHECK_FALSE(bench.answered(id));
    bench.read();
  }
  SUBCASE("record first") {
    bench.read();
    CHECK_FALSE(bench.answered(id));
    bench.report();
  }
  CHECK(bench.accepted(id).created);
  CHECK(bench.accepted(id).receipt.seq == Seq(1));
  CHECK(bench.accepted(id).receipt.vote->choices == events::Choices{0});
}

TEST_CASE("one voter sent to two nodes at once: one ballot counts, the other gets its receipt") {
  Bench bench = bench_with(lunch(), 2);
  const RequestId first = bench.send(vote(ann, {0}, 1), 0);
  const RequestId second = bench.send(vote(ann, {1}, 2), 1);
  bench.land(1);
  bench.land(0);
  bench.settle();
  CHECK(bench.accepted(second).created);
  const Refused& refused = bench.refused(first);
  CHECK(refused.refusal == Refusal::already_voted);
  CHECK(refused.receipt->seq == bench.accepted(second).receipt.seq);
  CHECK(bench.poll(0).votes == std::vector<std::uint64_t>{0, 1, 0});
}

TEST_CASE("votes that look alike to the desk's index are each answered by their own record") {
  // The index combines eight bytes of the voter with eight of the vote's id.
  Bench bench = bench_with(lunch());
  std::vector<RequestId> ids;
  for (std::uint8_t i = 0; i < 4; ++i) {
    CastVote alike = vote(ann, {static_cast<std::uint8_t>(i % 3)}, 9);
    alike.claims.device.voter.bytes[0] ^= i;
    alike.vote_id.bytes[8] ^= i;
    ids.push_back(bench.send(alike));
  }
  bench.settle();
  for (std::uint8_t i = 0; i < 4; ++i) {
    CHECK(bench.accepted(ids[i]).created);
    CHECK(bench.accepted(ids[i]).receipt.seq == Seq(i + 1U));
    CHECK(bench.accepted(ids[i]).receipt.voter.bytes[0] == (ann.bytes[0] ^ i));
  }
}

TEST_CASE("one request sent to both nodes, twice each: equal receipts, created once") {
  Bench bench = bench_with(lunch(), 2);
  std::vector<RequestId> ids;
  for (const int node : {0, 1, 1, 0}) ids.push_back(bench.send(vote(ann, {2}, 1), node));
  bench.settle();
  ids.push_back(bench.send(vote(ann, {2}, 1), 1));
  bench.settle();
  int created = 0;
  for (const RequestId id : ids) {
    created += bench.accepted(id).created ? 1 : 0;
    CHECK(bench.accepted(id).receipt.seq == Seq(1));
  }
  CHECK(created == 1);
  CHECK(bench.poll(1).votes == std::vector<std::uint64_t>{0, 0, 1});
}

TEST_CASE("a copy that another node appended first answers without claiming creation") {
  Bench bench = bench_with(lunch(), 2);
  const RequestId id = bench.send(vote(ann, {0}, 1));
  bench.land_event(std::get<events::VoteCast>(cast(ann, {0}, 1).event));
  bench.land();
  bench.read();
  bench.report();
  CHECK_FALSE(bench.accepted(id).created);
  CHECK(bench.accepted(id).receipt.seq == Seq(1));
}

TEST_CASE("an unknown poll is refused only after catching up with an end asked later") {
  Bench bench(2);
  bench.send(open_command(), 0);
  bench.land(0);
  const RequestId id = bench.send(vote(ann, {0}, 1), 1);
  CHECK_FALSE(bench.answered(id));
  bench.look_up(1);
  CHECK_FALSE(bench.answered(id));
  bench.read(1);
  bench.settle();
  CHECK(bench.accepted(id).created);

  auto nowhere = vote(ann, {0}, 2);
  nowhere.poll = PollId(4711);
  const RequestId unknown = bench.send(nowhere, 1);
  bench.look_up(1);
  CHECK(bench.refused(unknown).refusal == Refusal::no_such_poll);
}

TEST_CASE("an end that was asked before the request came does not do") {
  Bench bench = bench_with(changeable(), 2);
  bench.send(vote(bob, {0}, 7), 1);
  bench.settle();
  const RequestId early = bench.send(vote(ann, {0}, 1, 1), 0);
  CHECK(bench.wants_ends(0));
  const RequestId late = bench.send(vote(ann, {0}, 2, 1), 0);
  bench.look_up(0);
  CHECK(bench.refused(early).refusal == Refusal::stale_replace);
  CHECK_FALSE(bench.answered(late));
  bench.look_up(0);
  CHECK(bench.refused(late).refusal == Refusal::stale_replace);
}

TEST_CASE("an end that cannot be had is not_ready, and so is one that is too far") {
  Bench bench(1);
  const RequestId first = bench.send(vote(ann, {0}, 1));
  bench.look_up_fails();
  CHECK(bench.refused(first).refusal == Refusal::not_ready);
  const RequestId second = bench.send(vote(ann, {0}, 1));
  bench.land_event(events::Event{lunch()});
  bench.look_up();
  bench.pass(1'000);
  CHECK(bench.refused(second).refusal == Refusal::not_ready);
}

TEST_CASE("at the deadline the outcome is unknown, and a later record is nobody's") {
  Bench bench = bench_with(lunch());
  const RequestId id = bench.send(vote(ann, {0}, 1));
  bench.pass(4'999);
  CHECK_FALSE(bench.answered(id));
  bench.pass(1);
  CHECK(bench.refused(id).refusal == Refusal::outcome_unknown);
  bench.settle();
  const RequestId again = bench.send(vote(ann, {0}, 1));
  CHECK(bench.accepted(again).receipt.seq == Seq(1));
  CHECK_FALSE(bench.accepted(again).created);
}

TEST_CASE("an append that failed for certain is not_ready, also for who waited for it") {
  Bench bench = bench_with(lunch());
  const RequestId first = bench.send(vote(ann, {0}, 1));
  const RequestId same = bench.send(vote(ann, {0}, 1));
  CHECK(bench.handed_in() == 1);
  bench.fail();
  CHECK(bench.refused(first).refusal == Refusal::not_ready);
  CHECK(bench.refused(same).refusal == Refusal::not_ready);
}

TEST_CASE("an append in doubt is answered by its record, without a claim of creation") {
  Bench bench = bench_with(lunch());
  const RequestId id = bench.send(vote(ann, {0}, 1));
  bench.land();
  bench.report(0, AppendStatus::in_doubt);
  CHECK_FALSE(bench.answered(id));
  bench.read();
  CHECK_FALSE(bench.accepted(id).created);
}

TEST_CASE("a poll that parks while a vote is on its way leaves the outcome unknown") {
  Bench bench = bench_with(lunch());
  const RequestId id = bench.send(vote(ann, {0}, 1));
  bench.land_bytes(kPoll, R"({"type":"poll.painted.v1","poll":")" + kPoll.text() + R"("})");
  bench.settle();
  CHECK(bench.refused(id).refusal == Refusal::outcome_unknown);
  const RequestId later = bench.send(vote(bob, {0}, 2));
  CHECK(bench.refused(later).refusal == Refusal::poll_parked);
}

TEST_CASE("the number of waiting requests is bounded") {
  Bench bench(1, true, 3);
  bench.send(open_command());
  bench.settle();
  for (std::uint8_t i = 1; i <= 3; ++i) bench.send(vote(voter(i), {0}, i));
  const RequestId fourth = bench.send(vote(voter(4), {0}, 4));
  CHECK(bench.refused(fourth).refusal == Refusal::overloaded);
  bench.settle();
  CHECK(bench.poll().standing == 3);
}

TEST_CASE("where reading is no proof, an answer waits for a report at or above its record") {
  Bench bench = bench_with(lunch(), 2, false);
  const RequestId id = bench.send(vote(ann, {0}, 1));
  bench.land();
  bench.read();
  SUBCASE("its own") {
    bench.report();
    CHECK(bench.accepted(id).created);
  }
  SUBCASE("a later one of the partition") {
    bench.report(0, AppendStatus::in_doubt);
    CHECK_FALSE(bench.answered(id));
    const RequestId other = bench.send(vote(bob, {1}, 2));
    bench.settle();
    CHECK(bench.accepted(other).created);
    CHECK_FALSE(bench.accepted(id).created);
  }
  SUBCASE("a repeat at a node without reports is appended as well") {
    bench.report();
    bench.read(1);
    const RequestId again = bench.send(vote(ann, {0}, 1), 1);
    CHECK_FALSE(bench.answered(again));
    bench.settle();
    CHECK(bench.accepted(again).receipt.seq == Seq(1));
    CHECK_FALSE(bench.accepted(again).created);
  }
}

TEST_CASE("a repeat that comes between a record and its report is appended for itself") {
  Bench bench = bench_with(lunch(), 1, false);
  const RequestId first = bench.send(vote(ann, {0}, 1));
  bench.land();
  bench.read();
  const RequestId second = bench.send(vote(ann, {0}, 1));
  CHECK(bench.handed_in() == 1);
  SUBCASE("and answered like any repeat") {
    const RequestId third = bench.send(vote(ann, {0}, 1));
    CHECK(bench.handed_in() == 1);
    bench.settle();
    for (const RequestId repeat : {second, third}) {
      CHECK(bench.accepted(repeat).receipt.seq == Seq(1));
      CHECK_FALSE(bench.accepted(repeat).created);
    }
  }
  SUBCASE("and if that fails for certain, the first one stands") {
    bench.fail();
    CHECK(bench.refused(second).refusal == Refusal::not_ready);
    CHECK_FALSE(bench.answered(first));
    bench.report();
  }
  CHECK(bench.accepted(first).created);
}

TEST_CASE("a change and a retraction go all the way, and so do their retries") {
  Bench bench = bench_with(changeable());
  bench.send(vote(ann, {0}, 1));
  bench.settle();
  const RequestId change = bench.send(vote(ann, {1}, 2, 1));
  bench.settle();
  CHECK(bench.accepted(change).receipt.seq == Seq(2));
  const RequestId retraction = bench.send(take_back(ann, 2));
  bench.settle();
  CHECK(bench.accepted(retraction).receipt.vote->retracted);
  const RequestId again = bench.send(take_back(ann, 2));
  bench.settle();
  CHECK(bench.accepted(again).receipt.seq == Seq(3));
  const RequestId late = bench.send(vote(ann, {0}, 1));
  bench.settle();
  CHECK(bench.refused(late).refusal == Refusal::already_voted);
  CHECK(bench.refused(late).receipt->seq == Seq(3));
  CHECK(bench.poll().votes == std::vector<std::uint64_t>{0, 0, 0});
}

TEST_CASE("a retry after the poll has closed still gets its receipt, for an hour") {
  Bench bench = bench_with(lunch());
  bench.send(vote(ann, {0}, 1));
  bench.settle();
  bench.send(ClosePoll{kPoll, {}, uuid(90)});
  bench.settle();
  const RequestId retry = bench.send(vote(ann, {0}, 1));
  CHECK(bench.accepted(retry).receipt.seq == Seq(1));
  const RequestId other = bench.send(vote(bob, {0}, 2));
  CHECK(bench.refused(other).refusal == Refusal::poll_closed);
  bench.pass(3'600'001);
  const RequestId late = bench.send(vote(ann, {0}, 1));
  CHECK(bench.refused(late).refusal == Refusal::poll_closed);
}
