#include "infra/ledger/follower.h"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/memory_ledger.h"
#include "infra/runtime/fault.h"

namespace flashpoll::ledger {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLong{20'000};

struct World {
  runtime::SystemClock clock;
  runtime::Log quiet{clock, runtime::LogLevel::error, -1};
  std::shared_ptr<MemoryLog> log = std::make_shared<MemoryLog>(2, clock);
  MemoryLedger ledger{log};

  void grow(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string value = std::to_string(next_++);
      log->append(std::vector<Entry>{{static_cast<Partition>(next_ % 2), "k", value}});
    }
  }
  [[nodiscard]] std::vector<Start> begin() const { return {{0, 0}, {1, 0}}; }

 private:
  int next_ = 0;
};

/// Reads until there are `count` records; the sum of what came wrong.
int read_in_order(Tail& tail, int count, std::vector<Start> from = {{0, 0}, {1, 0}}) {
  const auto until = std::chrono::steady_clock::now() + kLong;
  int seen = 0;
  int wrong = 0;
  while (seen < count && std::chrono::steady_clock::now() < until) {
    for (const Record& record : tail.read(37, milliseconds(100))) {
      if (record.offset != from[record.partition].offset++) ++wrong;
      if (record.key != "k" || record.value.empty()) ++wrong;
      ++seen;
    }
  }
  return wrong + (seen == count ? 0 : 1'000'000);
}

}  // namespace

TEST_CASE("all readers get all records in order, whenever they come") {
  World world;
  world.grow(500);
  Follower follower(world.ledger, world.begin(), world.quiet, {.batch_records = 50});
  const auto early = follower.reader(world.begin());
  CHECK(read_in_order(*early, 500) == 0);
  const auto late = follower.reader(world.begin());
  world.grow(300);
  CHECK(read_in_order(*early, 300, {{0, 250}, {1, 250}}) == 0);
  CHECK(read_in_order(*late, 800) == 0);
  CHECK(late->read(10, milliseconds(0)).empty());
}

TEST_CASE("readers join while the ledger grows: no gap, no repetition") {
  World world;
  world.grow(20'000);
  Follower follower(world.ledger, {{0, 10'000}, {1, 10'000}}, world.quiet,
                    {.batch_records = 100, .queued_batches = 4});
  constexpr int kAll = 40'000;
  std::vector<int> wrong(4, -1);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < wrong.size(); ++i) {
      threads.emplace_back([&, i] {
        const Offset from = static_cast<Offset>(i) * 2'500;
        const auto reader = follower.reader({{0, from}, {1, from}});
        wrong[i] =
            read_in_order(*reader, kAll - 2 * static_cast<int>(from), {{0, from}, {1, from}});
      });
    }
    for (int i = 0; i < 20; ++i) world.grow(1'000);
  }
  CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE(
    "a reader that takes nothing holds the others back at the bound, and only until it reads") {
  World world;
  Follower follower(world.ledger, world.begin(), world.quiet,
                    {.batch_records = 10, .queued_batches = 2});
  const auto slow = follower.reader(world.begin());
  const auto fast = follower.reader(world.begin());
  // Both have joined.
  CHECK(slow->read(10, milliseconds(0)).empty());
  CHECK(fast->read(10, milliseconds(0)).empty());
  world.grow(10'000);
  std::vector<Start> next = world.begin();
  int seen = 0;
  for (auto records = fast->read(10, milliseconds(300)); !records.empty();
       records = fast->read(10, milliseconds(300))) {
    for (const Record& record : records) CHECK(record.offset == next[record.partition].offset++);
    seen += static_cast<int>(records.size());
  }
  CHECK(seen > 0);
  CHECK(seen <= 100);
  int slow_wrong = -1;
  {
    const std::jthread reader([&] { slow_wrong = read_in_order(*slow, 10'000); });
    CHECK(read_in_order(*fast, 10'000 - seen, next) == 0);
  }
  CHECK(slow_wrong == 0);
}

TEST_CASE("a reader that goes holds nobody") {
  World world;
  Follower follower(world.ledger, world.begin(), world.quiet,
                    {.batch_records = 10, .queued_batches = 1});
  const auto stays = follower.reader(world.begin());
  {
    const auto goes = follower.reader(world.begin());
    CHECK(goes->read(10, milliseconds(0)).empty());
    world.grow(1'000);
  }
  CHECK(read_in_order(*stays, 1'000) == 0);
}

TEST_CASE("wake ends a reader's wait, before and after it joined") {
  World world;
  Follower follower(world.ledger, world.begin(), world.quiet);
  const auto reader = follower.reader(world.begin());
  for (int round = 0; round < 2; ++round) {
    const auto began = std::chrono::steady_clock::now();
    const std::jthread waker([&] { reader->wake(); });
    CHECK(reader->read(10, kLong).empty());
    CHECK(std::chrono::steady_clock::now() - began < kLong / 2);
  }
}

TEST_CASE("readers hear that the ledger is away, and go on afterwards") {
  World world;
  Follower follower(world.ledger, world.begin(), world.quiet);
  const auto reader = follower.reader(world.begin());
  world.grow(10);
  CHECK(read_in_order(*reader, 10) == 0);
  world.log->set_away(true);
  CHECK_THROWS_AS((void)reader->read(10, milliseconds(500)), Unavailable);
  world.log->set_away(false);
  world.grow(10);
  const auto until = std::chrono::steady_clock::now() + kLong;
  std::size_t seen = 0;
  while (seen < 10 && std::chrono::steady_clock::now() < until) {
    try {
      seen += reader->read(10, milliseconds(100)).size();
    } catch (const Unavailable&) {
      continue;
    }
  }
  CHECK(seen == 10);
}

TEST_CASE("a reader's place beyond the end, and a ledger that was cut, are corrupt") {
  World world;
  world.grow(20);
  Follower follower(world.ledger, world.begin(), world.quiet);
  const auto beyond = follower.reader({{0, 11}});
  CHECK_THROWS_AS((void)beyond->read(10, milliseconds(0)), Corrupt);
  const auto reader = follower.reader(world.begin());
  CHECK(read_in_order(*reader, 20) == 0);
  world.grow(2);  // comes through the follower, so it has read that far
  CHECK(read_in_order(*reader, 2, {{0, 10}, {1, 10}}) == 0);
  world.log->cut(0, 3);
  world.log->poke();
  CHECK_THROWS_AS((void)reader->read(10, kLong), Corrupt);
}

}  // namespace flashpoll::ledger
