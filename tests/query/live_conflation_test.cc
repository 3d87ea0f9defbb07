#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "query/conflation.h"

namespace flashpoll::query {
namespace {

using events::PollId;
using events::Seq;

constexpr events::TimeMs kNoon = 1'800'000'000'000;
const PollId kLunch{7};
const PollId kDinner{8};

PollRow open_poll(std::uint64_t seq) {
  PollRow row;
  row.settings.opens_at = 0;
  row.settings.closes_at = kNoon + 60'000;
  row.latest.seq = Seq{seq};
  row.latest.at = kNoon - 1'000;
  return row;
}

PollRow closed_poll(std::uint64_t seq) {
  PollRow row = open_poll(seq);
  row.closed = Seq{seq};
  return row;
}

/// A conflation with its clock, and short words for its inputs.
struct Bench {
  Conflation conflation;
  std::int64_t ms = 1'000;
  events::TimeMs wall_skew = kNoon - 1'000;

  [[nodiscard]] Now now() const { return {ms, ms + wall_skew}; }
  Conflation::Step step() { return conflation.tick(now()); }
  /// Goes on to a time; nothing may be due before unless the test looks for it.
  Conflation::Step step_at(std::int64_t at) {
    ms = at;
    return step();
  }
  Conflation::Step answer(PollId poll, const PollRow& row) {
    const std::vector<ReadPoll> read{{poll, std::make_shared<PollRow>(row)}};
    conflation.rows_read(read, now());
    return step();
  }
  Conflation::Step answer_missing(PollId poll) {
    const std::vector<ReadPoll> read{{poll, nullptr}};
    conflation.rows_read(read, now());
    return step();
  }
  /// Watches and answers the first read; at `ms` the first frame has gone out.
  void watch_told(PollId poll, const PollRow& row) {
    conflation.watch(poll, now());
    CHECK(step().reads == std::vector{poll});
    CHECK(answer(poll, row).frames.size() == 1);
  }
};

}  // namespace

TEST_CASE("a poll that is watched is read at once and told when it is read") {
  Bench bench;
  bench.conflation.watch(kLunch, bench.now());
  CHECK(bench.conflation.next_ms() == bench.ms);
  auto step = bench.step();
  CHECK(step.reads == std::vector{kLunch});
  CHECK(step.frames.empty());
  step = bench.answer(kLunch, open_poll(4));
  REQUIRE(step.frames.size() == 1);
  CHECK(step.frames[0].poll == kLunch);
  CHECK(step.frames[0].row->latest.seq == Seq{4});
  CHECK(step.frames[0].status == Status::open);
  CHECK(step.reads.empty());
}

TEST_CASE("watching twice reads once, and nothing is read of a poll no longer watched") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(1));
  bench.conflation.watch(kLunch, bench.now());
  CHECK(bench.step_at(bench.ms + 200).reads.empty());
  bench.conflation.unwatch(kLunch);
  bench.conflation.notified(kLunch, Seq{2}, bench.now());
  CHECK(bench.step_at(bench.ms + 5'000).reads.empty());
  CHECK(bench.conflation.size() == 0);
  CHECK(bench.conflation.row(kLunch) == nullptr);
}

TEST_CASE("the answer to a read of a poll that went meanwhile is dropped") {
  Bench bench;
  bench.conflation.watch(kLunch, bench.now());
  CHECK(bench.step().reads.size() == 1);
  bench.conflation.unwatch(kLunch);
  CHECK(bench.answer(kLunch, open_poll(1)).frames.empty());
}

TEST_CASE("frames of one poll lie at least 100 ms apart, and the newest row is told") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(1));
  const std::int64_t told = bench.ms;
  bench.conflation.notified(kLunch, Seq{2}, bench.now());
  CHECK(bench.step_at(told + 99).reads.empty());
  CHECK(bench.conflation.next_ms() == told + 115);
  CHECK(bench.step_at(told + 115).reads.size() == 1);
  const auto step = bench.answer(kLunch, open_poll(9));
  REQUIRE(step.frames.size() == 1);
  CHECK(step.frames[0].row->latest.seq == Seq{9});
}

TEST_CASE("a change about the end of the gap is read at once, with what came before it") {
  for (const std::int64_t after_ms : {85, 99, 100, 114}) {
    Bench bench;
    bench.watch_told(kLunch, open_poll(1));
    const std::int64_t told = bench.ms;
    bench.conflation.notified(kLunch, Seq{2}, bench.now());
    CHECK(bench.step_at(told + after_ms).reads.empty());
    bench.conflation.notified(kLunch, Seq{3}, bench.now());
    CHECK(bench.step().reads.size() == 1);
    const bool early = after_ms < 100;
    CHECK(bench.answer(kLunch, open_poll(3)).frames.size() == (early ? 0 : 1));
    CHECK(bench.step_at(told + 100).frames.size() == (early ? 1 : 0));
  }
}

TEST_CASE("a notification of an idle poll is read without delay") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(1));
  bench.ms += 300;
  bench.conflation.notified(kLunch, Seq{2}, bench.now());
  CHECK(bench.conflation.next_ms() == bench.ms);
  CHECK(bench.step().reads.size() == 1);
}

TEST_CASE("what is notified while a read is under way makes another read") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(1));
  bench.ms += 300;
  bench.conflation.notified(kLunch, Seq{2}, bench.now());
  CHECK(bench.step().reads.size() == 1);
  bench.conflation.notified(kLunch, Seq{2}, bench.now());
  CHECK(bench.step().reads.empty());
  CHECK(bench.answer(kLunch, open_poll(2)).frames.size() == 1);
  CHECK(bench.step_at(bench.ms + 115).reads.size() == 1);
}

TEST_CASE("a lagging row is read again after 10, 20 … 200 ms until it has caught up") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(1));
  bench.ms += 150;
  bench.conflation.notified(kLunch, Seq{5}, bench.now());
  CHECK(bench.step().reads.size() == 1);
  for (const std::int64_t wait : {10, 20, 40, 80, 160, 200, 200}) {
    CHECK(bench.answer(kLunch, open_poll(1)).reads.empty());
    CHECK(bench.step_at(bench.ms + wait - 1).reads.empty());
    CHECK(bench.step_at(bench.ms + 1).reads.size() == 1);
  }
  CHECK(bench.answer(kLunch, open_poll(5)).frames.size() == 1);
  bench.ms += 150;
  bench.conflation.notified(kLunch, Seq{6}, bench.now());
  CHECK(bench.step().reads.size() == 1);
  CHECK(bench.answer(kLunch, open_poll(5)).reads.empty());
  CHECK(bench.step_at(bench.ms + 10).reads.size() == 1);  // began anew
}

TEST_CASE("progress short of the notified seq is told") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(1));
  bench.ms += 150;
  bench.conflation.notified(kLunch, Seq{5}, bench.now());
  CHECK(bench.step().reads.size() == 1);
  const auto step = bench.answer(kLunch, open_poll(3));
  REQUIRE(step.frames.size() == 1);
  CHECK(step.frames[0].row->latest.seq == Seq{3});
}

TEST_CASE("an older row never replaces a newer one, nor does a missing one") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(5));
  bench.ms += 150;
  bench.conflation.notified(kLunch, Seq{5}, bench.now());
  CHECK(bench.step().reads.size() == 1);
  CHECK(bench.answer(kLunch, open_poll(4)).frames.empty());
  CHECK(bench.conflation.row(kLunch)->latest.seq == Seq{5});
  CHECK(bench.step_at(bench.ms + 10).reads.size() == 1);
  CHECK(bench.answer_missing(kLunch).frames.empty());
  CHECK(bench.conflation.row(kLunch)->latest.seq == Seq{5});
  CHECK(bench.step_at(bench.ms + 20).reads.size() == 1);
}

TEST_CASE("an equal seq is told again only when the status or closes_at changed") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(5));
  const auto reread = [&](const PollRow& row) {
    bench.ms += 150;
    bench.conflation.notified(kLunch, Seq{5}, bench.now());
    CHECK(bench.step().reads.size() == 1);
    return bench.answer(kLunch, row).frames;
  };
  CHECK(reread(open_poll(5)).empty());
  PollRow row = open_poll(5);
  row.settings.closes_at += 1'000;
  CHECK(reread(row).size() == 1);
  CHECK(reread(row).empty());
  row.parked = true;
  const auto frames = reread(row);
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].status == Status::parked);
  row.parked = false;
  CHECK(reread(row).size() == 1);
}

TEST_CASE("the clock alone opens a poll and lets it expire") {
  Bench bench;
  PollRow row = open_poll(0);
  row.settings.opens_at = kNoon + 5'000;
  row.settings.closes_at = kNoon + 8'000;
  bench.conflation.watch(kLunch, bench.now());
  CHECK(bench.step().reads.size() == 1);
  auto step = bench.answer(kLunch, row);
  REQUIRE(step.frames.size() == 1);
  CHECK(step.frames[0].status == Status::scheduled);

  const auto run_until = [&](std::int64_t end) {
    std::vector<std::pair<std::int64_t, Status>> told;
    while (bench.conflation.next_ms() <= end) {
      auto due = bench.step_at(bench.conflation.next_ms());
      while (!due.reads.empty()) {
        for (const auto& frame : due.frames) told.emplace_back(bench.ms, frame.status);
        due = bench.answer(kLunch, row);
      }
      for (const auto& frame : due.frames) told.emplace_back(bench.ms, frame.status);
    }
    return told;
  };
  const auto told = run_until(12'000);
  REQUIRE(told.size() == 2);
  CHECK(told[0] == std::pair{std::int64_t{6'000}, Status::open});
  CHECK(told[1] == std::pair{std::int64_t{9'000}, Status::closing});
}

TEST_CASE("a wall clock that was set is noticed within a sweep") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(3));
  bench.wall_skew += 3'600'000;
  const auto step = bench.step_at(bench.conflation.next_ms());
  CHECK(bench.ms <= 2'000);
  REQUIRE(step.frames.size() == 1);
  CHECK(step.frames[0].status == Status::closing);
}

TEST_CASE("a final poll is told once; later void entries are not, hiding is") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(3));
  const auto reread = [&](const PollRow& row) {
    bench.ms += 150;
    bench.conflation.notified(kLunch, row.latest.seq, bench.now());
    CHECK(bench.step().reads.size() == 1);
    return bench.answer(kLunch, row).frames;
  };
  PollRow row = closed_poll(4);
  const auto frames = reread(row);
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].status == Status::closed);
  row.latest.seq = Seq{5};
  CHECK(reread(row).empty());
  row.latest.seq = Seq{6};
  row.hidden = Seq{6};
  CHECK(reread(row).size() == 1);
  row.latest.seq = Seq{7};
  CHECK(reread(row).empty());
}

TEST_CASE("everything watched is read once a second") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(1));
  bench.watch_told(kDinner, open_poll(1));
  CHECK(bench.conflation.next_ms() == 2'000);
  CHECK(bench.step_at(1'999).reads.empty());
  CHECK(bench.step_at(2'000).reads.size() == 2);
}

TEST_CASE("a notification of everything reads all that is watched, at most ten times a second") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(1));
  bench.watch_told(kDinner, open_poll(1));
  bench.ms += 500;
  std::size_t reads = 0;
  for (int i = 0; i < 300; ++i) {
    bench.conflation.notified_all(bench.now());
    const auto step = bench.step();
    for (const PollId poll : step.reads) bench.answer(poll, open_poll(1));
    reads += step.reads.size();
    ++bench.ms;
  }
  CHECK(reads == 6);
}

TEST_CASE("who waits for a seq is not kept by the pace of others, until the hope ends") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(1));
  bench.ms += 5;
  bench.conflation.expect(kLunch, Seq{3}, bench.ms + 500, bench.now());
  CHECK(bench.step().reads.size() == 1);
  bench.answer(kLunch, open_poll(1));
  const std::int64_t end = bench.ms + 500;
  std::size_t reads = 0;
  while (bench.conflation.next_ms() < end) {
    const auto step = bench.step_at(bench.conflation.next_ms());
    if (step.reads.empty()) continue;
    reads += step.reads.size();
    bench.answer(kLunch, open_poll(1));
  }
  CHECK(reads >= 4);
  CHECK(reads <= 8);
  CHECK(bench.conflation.next_ms() == 2'000);  // the sweep, no more hope
}

TEST_CASE("a seq that will never come does not slow down what is notified") {
  Bench bench;
  bench.watch_told(kLunch, open_poll(1));
  bench.conflation.expect(kLunch, Seq{1'000'000}, bench.ms + 2'000, bench.now());
  for (int i = 0; i < 20; ++i) {
    for (auto step = bench.step(); !step.reads.empty();) step = bench.answer(kLunch, open_poll(1));
    bench.ms += 50;
  }
  bench.conflation.notified(kLunch, Seq{2}, bench.now());
  CHECK(bench.step().reads.size() == 1);
}

TEST_CASE("an expectation keeps an unknown poll being looked for") {
  Bench bench;
  bench.conflation.watch(kLunch, bench.now());
  bench.conflation.expect(kLunch, Seq{0}, bench.ms + 500, bench.now());
  CHECK(bench.step().reads.size() == 1);
  CHECK(bench.answer_missing(kLunch).frames.empty());
  CHECK(bench.step_at(bench.ms + 10).reads.size() == 1);
  const auto step = bench.answer(kLunch, open_poll(0));
  CHECK(step.frames.size() == 1);
}

TEST_CASE("a failed read is repeated after a pause") {
  Bench bench;
  bench.conflation.watch(kLunch, bench.now());
  auto step = bench.step();
  bench.conflation.read_failed(step.reads, bench.now());
  CHECK(bench.step().reads.empty());
  step = bench.step_at(bench.ms + 10);
  CHECK(step.reads.size() == 1);
  bench.conflation.read_failed(step.reads, bench.now());
  CHECK(bench.step_at(bench.ms + 19).reads.empty());
  CHECK(bench.step_at(bench.ms + 1).reads.size() == 1);
  CHECK(bench.answer(kLunch, open_poll(0)).frames.size() == 1);
}

}  // namespace flashpoll::query
