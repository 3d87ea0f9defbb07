#include "query/view.h"

#include <doctest/doctest.h>

#include "query/past.h"
#include "query/results.h"

namespace flashpoll::query {
namespace {

using events::Results;
using events::Seq;

constexpr events::TimeMs kOpens = 10'000;
constexpr events::TimeMs kCloses = 20'000;

PollRow poll(Results results = Results::live) {
  PollRow row;
  row.settings.results = results;
  row.settings.opens_at = kOpens;
  row.settings.closes_at = kCloses;
  row.latest.at = 5'000;
  return row;
}

PollRow closed(PollRow row) {
  row.closed = Seq(7);
  return row;
}

PollRow parked(PollRow row) {
  row.parked = true;
  return row;
}

TEST_CASE("the clock takes a poll from scheduled to closing, only an entry closes it") {
  CHECK(status_of(poll(), kOpens - 1) == Status::scheduled);
  CHECK(status_of(poll(), kOpens) == Status::open);
  CHECK(status_of(poll(), kCloses - 1) == Status::open);
  CHECK(status_of(poll(), kCloses) == Status::closing);
  CHECK(status_of(poll(), kCloses + 1'000'000) == Status::closing);
  CHECK(status_of(closed(poll()), kOpens - 1) == Status::closed);
}

TEST_CASE("a clock that is behind the ledger does not take a status back") {
  PollRow row = poll();
  row.latest.at = kCloses;
  CHECK(status_of(row, 0) == Status::closing);
  row.latest.at = kOpens;
  CHECK(status_of(row, 0) == Status::open);
}

TEST_CASE("final is what an entry closed and nothing parked") {
  CHECK_FALSE(is_final(poll()));
  CHECK(is_final(closed(poll())));
  CHECK_FALSE(is_final(parked(closed(poll()))));
  CHECK(status_of(parked(closed(poll())), 0) == Status::parked);
}

TEST_CASE("withheld results end with the closing entry, or with the own vote") {
  for (const bool voted : {false, true}) {
    CHECK(withheld_from(poll(Results::live), voted) == Withheld::no);
    CHECK(withheld_from(poll(Results::after_close), voted) == Withheld::after_close);
    CHECK(withheld_from(closed(poll(Results::after_close)), voted) == Withheld::no);
    CHECK(withheld_from(closed(poll(Results::after_vote)), voted) == Withheld::no);
  }
  CHECK(withheld_from(poll(Results::after_vote), false) == Withheld::after_vote);
  CHECK(withheld_from(poll(Results::after_vote), true) == Withheld::no);
  CHECK(withheld_from(parked(closed(poll(Results::after_close))), false) == Withheld::no);
  CHECK(depends_on_viewer(poll(Results::after_vote)));
  CHECK_FALSE(depends_on_viewer(closed(poll(Results::after_vote))));
  CHECK_FALSE(depends_on_viewer(poll(Results::after_close)));
}

TEST_CASE("status and kinds of withholding have the names of the API") {
  CHECK(name(Status::scheduled) == "scheduled");
  CHECK(name(Status::parked) == "parked");
  CHECK(name(Withheld::no).empty());
  CHECK(name(Withheld::after_vote) == "after_vote");
}

EntryRow step(std::uint64_t seq, events::Choices added, events::Choices removed,
              events::Reason reason = events::Reason::none) {
  EntryRow entry;
  entry.seq = Seq(seq);
  entry.at = static_cast<events::TimeMs>(100 * seq);
  entry.reason = reason;
  entry.added = std::move(added);
  entry.removed = std::move(removed);
  return entry;
}

TEST_CASE("entries after a kept result lead to the next") {
  Counts counts{Seq(3), 300, {5, 1, 0}, 6, 4, 0};
  const std::vector<EntryRow> entries = {
      step(4, {1}, {}), step(5, {}, {}, events::Reason::already_voted), step(6, {2, 0}, {1}),
      step(7, {}, {2, 0}), step(8, {}, {})};
  counts = counts_after(counts, entries);
  CHECK(counts.seq == Seq(8));
  CHECK(counts.at == 800);
  CHECK(counts.votes == std::vector<std::uint64_t>{5, 1, 0});
  CHECK(counts.voters == 6);
  CHECK(counts.counted == 8);
  CHECK(counts.voided == 1);
}

TEST_CASE("If-None-Match names one of several tags, weak or strong, or any") {
  CHECK(matches_etag("\"42-open\"", "\"42-open\""));
  CHECK(matches_etag("\"1\", W/\"42-open\" ,\"2\"", "\"42-open\""));
  CHECK(matches_etag("*", "\"42-open\""));
  CHECK_FALSE(matches_etag("", "\"42-open\""));
  CHECK_FALSE(matches_etag("\"42-open-withheld\"", "\"42-open\""));
  CHECK_FALSE(matches_etag("42-open", "\"42-open\""));
}

}  // namespace
}  // namespace flashpoll::query
