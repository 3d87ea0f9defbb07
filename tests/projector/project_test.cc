#include "projector/project.h"

#include <doctest/doctest.h>

#include "tests/projector/partition_script.h"

namespace flashpoll::test {

using events::Reason;
using events::Seq;
using projector::PollState;
using projector::ResultRow;
using projector::ResultStatus;
using projector::RowChanges;

namespace {

const events::PollId kLunch = poll_id(7);
const events::PollId kDinner = poll_id(3);
using Votes = std::vector<std::uint64_t>;

std::vector<std::uint64_t> seqs(const std::vector<ResultRow>& rows) {
  std::vector<std::uint64_t> seqs;
  for (const ResultRow& row : rows) seqs.push_back(row.seq.value);
  return seqs;
}

}  // namespace

TEST_CASE("an opening gives the poll, its result, its entry with bytes, and history") {
  Script script;
  const events::Event event = opening(kLunch);
  const RowChanges rows = script.event(event).take();

  REQUIRE(rows.polls.size() == 1);
  CHECK(rows.polls[0].settings == std::get<events::PollOpened>(event));
  CHECK(rows.polls[0].opened_at == kOpeningTime);
  CHECK(rows.polls[0].state == PollState::open);
  REQUIRE(rows.results.size() == 1);
  CHECK(rows.results[0] == ResultRow{.poll = kLunch,
                                     .seq = Seq(0),
                                     .at = kOpeningTime,
                                     .votes = {0, 0, 0},
                                     .voters = 0,
                                     .counted = 1,
                                     .voided = 0,
                                     .status = ResultStatus::open});
  REQUIRE(rows.entries.size() == 1);
  CHECK(rows.entries[0].type == 1);
  CHECK(rows.entries[0].body == events::encode(event));
  CHECK_FALSE(rows.entries[0].voter.has_value());
  CHECK(seqs(rows.history) == std::vector<std::uint64_t>{0});
}

TEST_CASE("a vote's entry names what it did, without bytes") {
  Script script;
  script.event(opening(kLunch)).take();
  const RowChanges rows =
      script.at(5).event(ballot(kLunch, 1, {0})).event(ballot(kLunch, 1, {2}, Seq(1), 2)).take();

  REQUIRE(rows.entries.size() == 2);
  const projector::EntryRow& change = rows.entries[1];
  CHECK(change.seq == Seq(2));
  CHECK(change.voter == voter(1));
  CHECK(change.vote_id == uuid(2));
  CHECK(change.choices == events::Choices{2});
  CHECK(change.replaces == Seq(1));
  CHECK(change.original == Seq(1));
  CHECK(change.added == events::Choices{2});
  CHECK(change.removed == events::Choices{0});
  CHECK_FALSE(change.body.has_value());
  CHECK(rows.polls.empty());
  REQUIRE(rows.results.size() == 1);
  CHECK(rows.results[0].votes == Votes{0, 0, 1});
  CHECK(rows.results[0].voters == 1);
}

TEST_CASE("a void entry keeps its reason and what was asked, and changes no count") {
  Script script;
  script.event(opening(kLunch)).event(ballot(kLunch, 1, {0})).take();
  const RowChanges rows = script.event(ballot(kLunch, 1, {1}, {}, 9)).take();

  REQUIRE(rows.entries.size() == 1);
  CHECK(rows.entries[0].reason == Reason::already_voted);
  CHECK(rows.entries[0].choices == events::Choices{1});
  CHECK(rows.entries[0].added.empty());
  CHECK(rows.entries[0].original == Seq(1));
  CHECK(rows.results.at(0).votes == Votes{1, 0, 0});
  CHECK(rows.results.at(0).seq == Seq(2));
  CHECK(rows.results.at(0).voided == 1);
}

TEST_CASE("a retraction's entry has voter, vote_id and what it replaces, but no choices") {
  Script script;
  script.event(opening(kLunch)).event(ballot(kLunch, 1, {0})).take();
  const RowChanges rows =
      script
          .event(events::VoteRetracted{
              .poll = kLunch, .voter = voter(1), .vote_id = uuid(3), .replaces = Seq(1)})
          .take();
  REQUIRE(rows.entries.size() == 1);
  CHECK(rows.entries[0].vote_id == uuid(3));
  CHECK_FALSE(rows.entries[0].choices.has_value());
  CHECK(rows.entries[0].removed == events::Choices{0});
  CHECK(rows.results.at(0).voters == 0);
}

TEST_CASE("results and polls come once per poll, ascending, as of the last record") {
  Script script;
  const RowChanges rows = script.event(opening(kLunch))
                              .event(opening(kDinner))
                              .event(ballot(kLunch, 1, {1}))
                              .event(ballot(kDinner, 1, {2}))
                              .event(ballot(kLunch, 2, {1}))
                              .take();
  REQUIRE(rows.results.size() == 2);
  CHECK(rows.results[0].poll == kDinner);
  CHECK(rows.results[0].seq == Seq(1));
  CHECK(rows.results[1].poll == kLunch);
  CHECK(rows.results[1].votes == Votes{0, 2, 0});
  REQUIRE(rows.polls.size() == 2);
  CHECK(rows.polls[0].settings.poll == kDinner);
  CHECK(rows.entries.size() == 5);
}

TEST_CASE("closing and hiding show in the poll's row and the result's status") {
  Script script;
  script.event(opening(kLunch)).take();
  const RowChanges closed =
      script.at(9).event(events::PollClosed{kLunch, uuid(1), events::ClosedBy::owner}).take();
  REQUIRE(closed.polls.size() == 1);
  CHECK(closed.polls[0].state == PollState::closed);
  CHECK(closed.polls[0].closed->seq == Seq(1));
  CHECK(closed.polls[0].closed_by == events::ClosedBy::owner);
  CHECK(closed.results.at(0).status == ResultStatus::closed);

  const RowChanges hidden = script.at(20).event(events::PollHidden{kLunch, uuid(2)}).take();
  CHECK(hidden.polls.at(0).state == PollState::hidden);
  CHECK(hidden.polls.at(0).closed->seq == Seq(1));
  CHECK_FALSE(hidden.polls.at(0).closed_by.has_value());
  CHECK(hidden.polls.at(0).hidden->at == kOpeningTime + 20);
  CHECK(hidden.results.at(0).status == ResultStatus::hidden);
}

TEST_CASE("a void owner's entry does not touch the poll's row") {
  Script script;
  script.event(opening(kLunch)).take();
  const RowChanges rows =
      script.event(events::PollExtended{kLunch, uuid(1), kOpeningTime + 1}).take();
  CHECK(rows.entries.at(0).reason == Reason::not_later);
  CHECK(rows.entries.at(0).body.has_value());
  CHECK(rows.polls.empty());
}

TEST_CASE("history has the last entry of each past second, also over batches") {
  Script script;
  script.event(opening(kLunch)).take();
  RowChanges rows = script.at(300).event(ballot(kLunch, 1, {0})).take();
  CHECK(rows.history.empty());
  rows = script.at(1000).event(ballot(kLunch, 2, {0})).take();
  CHECK(seqs(rows.history) == std::vector<std::uint64_t>{1});
  CHECK(rows.history.at(0).votes == Votes{1, 0, 0});
  CHECK(rows.history.at(0).at == kOpeningTime + 300);
  rows = script.event(ballot(kLunch, 3, {1})).at(5000).event(ballot(kLunch, 4, {1})).take();
  CHECK(seqs(rows.history) == std::vector<std::uint64_t>{3});
}

TEST_CASE("history has every thousandth entry, and none twice") {
  Script script;
  script.event(opening(kLunch));
  for (int i = 1; i <= 2000; ++i) script.event(ballot(kLunch, 1, {0}, {}, 1));
  script.at(1000).event(ballot(kLunch, 2, {1}));
  CHECK(seqs(script.take().history) == std::vector<std::uint64_t>{0, 1000, 2000});
}

TEST_CASE("a parked poll stops with its result saying so; later records change nothing") {
  Script script;
  script.event(opening(kLunch)).event(ballot(kLunch, 1, {0})).take();
  const RowChanges parked = script.unknown(kLunch, "vote.cast.v2").take();
  REQUIRE(parked.parked.size() == 1);
  CHECK(parked.parked[0].offset == 2);
  CHECK(parked.parked[0].type == "vote.cast.v2");
  CHECK(parked.parked[0].seq == Seq(1));
  CHECK(parked.results.at(0).status == ResultStatus::parked);
  CHECK(parked.results.at(0).seq == Seq(1));
  CHECK(parked.entries.empty());

  const RowChanges after = script.event(ballot(kLunch, 2, {0})).unknown(kLunch, "a.b.v1").take();
  CHECK(after.entries.empty());
  CHECK(after.results.empty());
  CHECK(after.parked.empty());
}

TEST_CASE("an id that was never opened parks without seq and without result") {
  Script script;
  const RowChanges rows = script.unknown(kDinner, "poll.opened.v9").event(opening(kDinner)).take();
  REQUIRE(rows.parked.size() == 1);
  CHECK_FALSE(rows.parked[0].seq.has_value());
  CHECK(rows.results.empty());
  CHECK(rows.entries.empty());
}

TEST_CASE("a stray keeps the beginning of key and value, and no poll changes") {
  Script script;
  const RowChanges rows =
      script.stray(events::StrayCause::wrong_key, std::string(100, 'k'), std::string(1000, 'v'))
          .event(ballot(kLunch, 1, {0}))
          .take();
  REQUIRE(rows.strays.size() == 2);
  CHECK(rows.strays[0].cause == events::StrayCause::wrong_key);
  CHECK(rows.strays[0].key.size() == projector::kStrayKeyBytes);
  CHECK(rows.strays[0].value.size() == projector::kStrayValueBytes);
  CHECK(rows.strays[0].size == 1000);
  CHECK(rows.strays[1].cause == events::StrayCause::never_opened);
  CHECK(rows.strays[1].offset == 1);
  CHECK(rows.results.empty());
}

}  // namespace flashpoll::test
