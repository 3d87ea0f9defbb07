#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "infra/ledger/landed_segments.h"
#include "infra/runtime/fault.h"
#include "tests/contract/ledger_helpers.h"
#include "tests/infra/ledger/postgres_world.h"

namespace flashpoll::ledger::test {
namespace {

LandedSegment segment(Partition partition, Offset first, std::int64_t count,
                      std::size_t bytes = 10) {
  return {{partition, first, count, 0}, std::make_shared<const std::string>(bytes, 'x')};
}

/// Partition and first offset of each.
std::vector<std::pair<Partition, Offset>> places(const std::vector<LandedSegment>& segments) {
  std::vector<std::pair<Partition, Offset>> places;
  for (const LandedSegment& one : segments) {
    places.emplace_back(one.head.partition, one.head.first_offset);
  }
  return places;
}

using Expected = std::vector<std::pair<Partition, Offset>>;

/// As if somebody else's clock had given the times: what was read from the server shows it.
constexpr const char* kMarkStored = "UPDATE ledger.segments SET ms = 7";

}  // namespace

TEST_CASE("unbroken runs of kept segments are found by where they begin") {
  LandedSegments landed(1 << 20);
  landed.add({segment(0, 10, 5), segment(1, 0, 2)});
  landed.add({segment(0, 15, 1)});
  landed.add({segment(0, 20, 1)});
  CHECK(places(landed.from(std::vector<Start>{{0, 10}, {1, 0}})) ==
        Expected{{0, 10}, {0, 15}, {1, 0}});
  CHECK(places(landed.from(std::vector<Start>{{0, 15}})) == Expected{{0, 15}});
  CHECK(landed.from(std::vector<Start>{{0, 11}, {0, 16}, {1, 2}, {2, 0}}).empty());
}

TEST_CASE("the oldest segments go when there are too many bytes") {
  LandedSegments landed(10'000);
  for (Offset offset = 0; offset < 100; ++offset) landed.add({segment(0, offset, 1, 1'000)});
  CHECK(landed.from(std::vector<Start>{{0, 0}}).empty());
  CHECK(places(landed.from(std::vector<Start>{{0, 98}})) == Expected{{0, 98}, {0, 99}});
  landed.add({segment(0, 100, 1, 20'000)});
  CHECK(landed.from(std::vector<Start>{{0, 100}}).empty());
}

TEST_CASE("who listens is woken, and told when something landed elsewhere") {
  LandedSegments landed(1 << 20);
  const runtime::Wake wake;
  LandedSegments::Listener listener(landed, wake);
  landed.add({segment(0, 0, 1)});
  CHECK(wake.take());
  CHECK_FALSE(listener.take_missed());
  landed.missed();
  CHECK(wake.take());
  CHECK(listener.take_missed());
  CHECK_FALSE(listener.take_missed());
}

TEST_CASE("a tail has what its own process appends without asking the server") {
  PostgresWorld world;
  const auto ledger = world.open();
  const auto tail = ledger->tail(from_start(*ledger));
  CHECK(tail->read(10, kNow).empty());
  // Now and then it looks at the server all the same, and then has the marked rows from there.
  bool from_memory = false;
  for (int i = 0; i < 10 && !from_memory; ++i) {
    (void)tail->read(10, kNow);
    append(*ledger, {{0, "k", "a"}, {2, "k", "b"}});
    world.meddle(kMarkStored);
    from_memory = std::ranges::all_of(read_records(*tail, 2), [](const OwnedRecord& record) {
      return record.append_time_ms != 7;
    });
  }
  CHECK(from_memory);
  const auto other = world.open();
  for (const OwnedRecord& record : read_records(*other->tail(from_start(*other)), 2)) {
    CHECK(record.append_time_ms == 7);
  }
}

TEST_CASE("a batch that landed without a place is read all the same") {
  PostgresWorld world;
  const auto ledger = world.open();
  append(*ledger, {{0, "k", "first"}});
  const auto tail = ledger->tail(from_start(*ledger));
  CHECK(read_records(*tail, 1).size() == 1);
  // As if the answer to the second batch had been lost after its commit.
  world.meddle(
      "UPDATE ledger.writers SET last_seq = 2; UPDATE ledger.heads SET next_offset = 2 "
      "WHERE partition = 0; INSERT INTO ledger.segments SELECT partition, 1, count, ms, payload "
      "FROM ledger.segments");
  CHECK_FALSE(append(*ledger, {{0, "k", "second"}})[0].offset);
  CHECK(read_records(*tail, 1)[0].offset == 1);
}

TEST_CASE("what landed is not dropped when the session ends under the read that would take it") {
  constexpr std::size_t kBefore = 50;
  PostgresWorld world;
  const auto ledger = world.open({.retry_for = kLong});
  for (std::size_t i = 0; i < kBefore; ++i) append(*ledger, {{1, "k", "before"}});
  const auto tail = ledger->tail(from_start(*ledger));
  // One page of many, so that the next read asks the server too.
  std::size_t seen = tail->read(1, kLong).size();
  CHECK(seen < kBefore);
  append(*ledger, {{0, "k", "landed"}});
  world.meddle(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  const auto until = std::chrono::steady_clock::now() + kLong;
  while (seen < kBefore + 1 && std::chrono::steady_clock::now() < until) {
    try {
      seen += tail->read(1, std::chrono::milliseconds(100)).size();
    } catch (const Unavailable&) {
      continue;
    }
  }
  CHECK(seen == kBefore + 1);
}

TEST_CASE("two processes that append to the same partitions each read all in order") {
  constexpr int kEach = 1'000;
  PostgresWorld world;
  const auto one = world.open();
  const auto two = world.open();
  std::vector<std::vector<OwnedRecord>> read(2);
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < 2; ++i) {
      Ledger& ledger = i == 0 ? *one : *two;
      running.emplace_back([&ledger, i] {
        for (int n = 0; n < kEach; ++n) {
          append(ledger, {{static_cast<Partition>(n % 3), std::to_string(i), std::to_string(n)}});
        }
      });
      running.emplace_back([&ledger, &to = read[i]] {
        to = read_records(*ledger.tail(from_start(ledger)), std::size_t{2} * kEach);
      });
    }
  }
  for (const auto& records : read) {
    CHECK(records.size() == std::size_t{2} * kEach);
    std::vector<Offset> next(3, 0);
    for (const OwnedRecord& record : records) {
      REQUIRE(record.offset == next[record.partition]);
      ++next[record.partition];
    }
  }
}

}  // namespace flashpoll::ledger::test
