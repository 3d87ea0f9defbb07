#include "tests/support/given.h"

using namespace flashpoll::events;
using namespace flashpoll::events::testing;

TEST_CASE("the first opening counts, another one does not") {
  PollOpened other = lunch();
  other.question = "dinner";
  auto scenario = given(opened());
  scenario.when(opened(other)).then(Reason::poll_exists);
  CHECK(scenario.poll().settings.question == "lunch");
  scenario.when(hidden()).counted();
  scenario.when(opened(other)).then(Reason::poll_exists);
}

TEST_CASE("seq is dense: counted and void entries alike") {
  auto scenario = given(opened());
  CHECK(scenario.seq() == Seq(0));
  scenario.when(cast(ann, {0}));
  CHECK(scenario.seq() == Seq(1));
  scenario.when(cast(ann, {7}, 9));
  CHECK(scenario.seq() == Seq(2));
  scenario.when(closed());
  CHECK(scenario.seq() == Seq(3));
  CHECK(scenario.poll().counted == 3);
  CHECK(scenario.poll().voided == 1);
}

TEST_CASE("closing ends the poll, the first one says when") {
  auto scenario = given(opened(), closed());
  scenario.when(cast(ann, {0})).then(Reason::poll_closed);
  scenario.when(closed()).then(Reason::poll_closed);
  scenario.when(extended(kCloses + 1)).then(Reason::poll_closed);
  CHECK(scenario.poll().closed->seq == Seq(1));
  scenario.when(hidden()).counted();
  CHECK(scenario.poll().closed->seq == Seq(1));
}

TEST_CASE("the deadline's closing waits for the deadline, the owner's does not") {
  given(opened()).when(closed(ClosedBy::deadline)).then(Reason::too_early);
  given(opened()).when(at(kCloses, closed(ClosedBy::deadline))).counted();
  given(opened()).when(at(kCloses + 5, closed(ClosedBy::owner))).counted();
}

TEST_CASE("hidden comes before all else but an opening") {
  auto scenario = given(opened(), cast(ann, {0}), hidden());
  scenario.when(cast(ann, {0})).then(Reason::poll_hidden);
  scenario.when(closed()).then(Reason::poll_hidden);
  scenario.when(hidden()).then(Reason::poll_hidden);
  scenario.when(extended(kCloses + 1)).then(Reason::poll_hidden);
  scenario.when(issued(0, 1)).then(Reason::poll_hidden);
  CHECK(scenario.poll().hidden->seq == Seq(2));
}

TEST_CASE("extending goes to later only, and lets votes count that came after the old end") {
  auto scenario = given(opened());
  scenario.when(extended(kCloses)).then(Reason::not_later);
  scenario.when(extended(kCloses + 1000)).counted();
  scenario.when(at(kCloses + 999, cast(ann, {0}))).counted();
  scenario.when(at(kCloses + 1000, extended(kCloses + 9000))).then(Reason::poll_closed);
}

TEST_CASE("codes are issued in a row, in a poll that wants them") {
  PollOpened with_codes = lunch();
  with_codes.eligibility = Eligibility::codes;
  auto scenario = given(opened(with_codes));
  scenario.when(issued(0, 100)).counted();
  scenario.when(issued(0, 100)).then(Reason::codes_taken);
  scenario.when(issued(100, 5)).counted();
  CHECK(scenario.poll().codes_issued == 105);
  given(opened()).when(issued(0, 1)).then(Reason::wrong_eligibility);
}

TEST_CASE("reasons come in their order: each one hides those after it") {
  PollOpened later = lunch();
  later.opens_at = kStart + 600'000;
  const auto bad_change = [](std::uint8_t vote_id) { return cast(ann, {9}, vote_id, 1); };
  // Not open hides invalid choices, which hide the forbidden change.
  given(opened(later)).when(bad_change(9)).then(Reason::poll_not_open);
  given(opened()).when(bad_change(9)).then(Reason::invalid_choices);
  given(opened()).when(cast(ann, {0}, 9, 1)).then(Reason::change_not_allowed);
  // Closed hides repeat, repeat and a reused vote_id hide invalid choices.
  given(opened(), cast(ann, {0}), closed()).when(cast(ann, {0})).then(Reason::poll_closed);
  given(opened(), cast(ann, {0})).when(cast(ann, {9})).then(Reason::vote_id_reused);
  given(opened(), cast(ann, {0})).when(cast(ann, {9}, 9)).then(Reason::invalid_choices);
}

TEST_CASE("an event of a poll that was never opened is a stray") {
  Fold fold;
  const Decoded vote = cast(ann, {0}).event;
  const Outcome outcome = fold.fold({0, kStart}, vote);
  CHECK(std::get<Stray>(outcome).cause == StrayCause::never_opened);
  CHECK(fold.size() == 0);
}

TEST_CASE("an unknown type parks its poll and no other") {
  auto scenario = given(opened(), cast(ann, {0}));
  const Decoded unknown = Unknown{kPoll, "poll.painted.v1"};
  CHECK(std::get<Parked>(scenario.fold().fold({10, kStart}, unknown)).type == "poll.painted.v1");
  const Decoded vote = cast(bob, {0}).event;
  CHECK(std::holds_alternative<Skipped>(scenario.fold().fold({11, kStart}, vote)));
  scenario.counts({1, 0, 0});
  CHECK(scenario.fold().slot(kPoll)->parked->offset == 10);

  PollOpened other = lunch();
  other.poll = PollId(77);
  const Decoded opening = other;
  CHECK(std::get<Judged>(scenario.fold().fold({12, kStart}, opening)).counted());
}

TEST_CASE("an unknown type parks a poll id before it was opened") {
  Fold fold;
  const Decoded unknown = Unknown{kPoll, "poll.painted.v1"};
  CHECK(std::holds_alternative<Parked>(fold.fold({0, kStart}, unknown)));
  const Decoded opening = lunch();
  CHECK(std::holds_alternative<Skipped>(fold.fold({1, kStart}, opening)));
  CHECK(fold.find(kPoll) == nullptr);
  CHECK(fold.is_parked(kPoll));
}

TEST_CASE("a poll from a snapshot ignores the records that are in it") {
  Fold first;
  const Decoded opening = lunch();
  (void)first.fold({0, kStart}, opening);
  PollSlot slot;
  slot.poll = std::make_unique<Poll>(*first.find(kPoll));
  slot.from_offset = 5;
  Fold second;
  second.put(kPoll, std::move(slot));
  const Decoded vote = cast(ann, {0}).event;
  CHECK(std::holds_alternative<Skipped>(second.fold({4, kStart}, vote)));
  CHECK(std::get<Judged>(second.fold({5, kStart}, vote)).counted());
}

TEST_CASE("any record may be expected; nothing comes of it") {
  Fold fold;
  const Decoded unknown = Unknown{kPoll, "poll.painted.v1"};
  const std::vector<Decoded> records = {Stray{}, unknown, Event(lunch()), cast(ann, {0}).event};
  for (const Decoded& record : records) fold.expect(record);
  CHECK(fold.size() == 0);
  CHECK(std::holds_alternative<Parked>(fold.fold({0, kStart}, unknown)));
  for (const Decoded& record : records) fold.expect(record);
  CHECK(fold.find(kPoll) == nullptr);
}

TEST_CASE("each of many records is expected once, all but the first ones well before their turn") {
  for (const std::size_t records : {0U, 1U, 15U, 16U, 17U, 31U, 32U, 33U, 48U, 100U}) {
    std::vector<std::size_t> expected;
    for (std::size_t turn = 0; turn < records; ++turn) {
      expect_ahead(turn, records, [&](std::size_t next) {
        CHECK(next == expected.size());
        CHECK((turn == 0 || next >= turn + kExpectAhead));
        expected.push_back(next);
      });
    }
    CHECK(expected.size() == records);
  }
}
