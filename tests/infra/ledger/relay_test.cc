#include "infra/ledger/relay.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/following_tail.h"
#include "infra/ledger/memory_ledger.h"
#include "tests/contract/ledger_helpers.h"

namespace flashpoll::ledger::test {
namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t kRoomy = 1 << 20;

/// As a client library's messages: the views live as long as this.
struct Bytes {
  std::vector<OwnedRecord> owned;
  std::vector<Record> records;
};

Relay::Batch batch_of(std::vector<OwnedRecord> records) {
  const auto bytes = std::make_shared<Bytes>();
  bytes->owned = std::move(records);
  for (const OwnedRecord& record : bytes->owned) {
    bytes->records.push_back(
        {record.partition, record.offset, record.append_time_ms, record.key, record.value});
  }
  return {bytes, &bytes->records};
}

class CountedTail final : public Tail {
 public:
  CountedTail(std::unique_ptr<Tail> tail, std::atomic<int>& alive)
      : tail_(std::move(tail)), alive_(alive) {
    ++alive_;
  }
  ~CountedTail() override { --alive_; }
  CountedTail(const CountedTail&) = delete;
  CountedTail& operator=(const CountedTail&) = delete;
  std::span<const Record> read(std::size_t max, std::chrono::milliseconds wait) override {
    return tail_->read(max, wait);
  }
  void wake() override { tail_->wake(); }

 private:
  std::unique_ptr<Tail> tail_;
  std::atomic<int>& alive_;
};

/// A ledger, and a relay for it.
struct World {
  explicit World(std::size_t max_bytes = kRoomy) : relay(max_bytes) {}

  void append(Partition partition, const std::string& value) {
    (void)test::append(ledger, {{partition, "key", value}});
  }
  /// `own_tails` counts those that it reads for itself with.
  std::unique_ptr<Tail> follow(std::vector<Start> starts) {
    return std::make_unique<FollowingTail>(relay, std::move(starts), [this](auto from) {
      return std::make_unique<CountedTail>(ledger.tail(std::move(from)), own_tails);
    });
  }

  runtime::ManualClock clock{1'000};
  MemoryLedger ledger{std::make_shared<MemoryLog>(2, clock)};
  Relay relay;
  std::atomic<int> own_tails = 0;
};

/// Reads the ledger and hands on what it read.
class LeadingReader {
 public:
  LeadingReader(World& world, const std::vector<Start>& starts)
      : tail_(world.ledger.tail(starts)), leader_(world.relay, starts) {}

  std::size_t read(std::size_t max_records = 1'000) {
    std::vector<OwnedRecord> records;
    for (const Record& record : tail_->read(max_records, kNow)) records.push_back(owned(record));
    const std::size_t count = records.size();
    if (count > 0) leader_.hand_on(batch_of(std::move(records)));
    return count;
  }

 private:
  std::unique_ptr<Tail> tail_;
  Relay::Leader leader_;
};

Texts read_now(Tail& tail) {
  Texts values;
  for (const Record& record : tail.read(1'000, kNow)) values.emplace_back(record.value);
  return values;
}

const std::vector<Start> kBoth = {{0, 0}, {1, 0}};

}  // namespace

TEST_CASE("a following tail delivers what the leader reads, of its partitions and offsets") {
  World world;
  for (const auto* value : {"a", "b", "c"}) world.append(0, value);
  world.append(1, "other");
  const auto tail = world.follow({{0, 1}});
  LeadingReader leader(world, kBoth);
  CHECK(leader.read() == 4);
  CHECK(read_now(*tail) == Texts{"b", "c"});
  world.append(0, "d");
  CHECK(read_now(*tail).empty());  // as the leader has not read it
  CHECK(leader.read() == 1);
  CHECK(read_now(*tail) == Texts{"d"});
  CHECK(world.own_tails == 0);
}

TEST_CASE("a following tail reads for itself until the leader is where it is") {
  World world;
  for (const auto* value : {"a", "b", "c"}) world.append(0, value);
  const auto tail = world.follow({{0, 1}});
  CHECK(read_now(*tail) == Texts{"b", "c"});
  LeadingReader leader(world, kBoth);
  world.append(0, "d");
  CHECK(leader.read(2) == 2);
  CHECK(read_now(*tail) == Texts{"d"});
  CHECK(world.own_tails == 1);
  CHECK(leader.read() == 2);
  world.append(0, "e");
  CHECK(leader.read() == 1);
  CHECK(read_now(*tail) == Texts{"e"});
  CHECK(world.own_tails == 0);
}

TEST_CASE("a partition that the leader does not read is not waited for") {
  World world;
  world.append(1, "a");
  const auto tail = world.follow({{1, 0}});
  const LeadingReader leader(world, {{0, 0}});
  CHECK(read_now(*tail) == Texts{"a"});
}

TEST_CASE("without a leader a following tail reads for itself, and follows the next one") {
  World world;
  const auto tail = world.follow(kBoth);
  {
    const LeadingReader leader(world, kBoth);
    CHECK(read_now(*tail).empty());
    CHECK(world.own_tails == 0);
    world.append(0, "a");
  }
  CHECK(read_now(*tail) == Texts{"a"});
  CHECK(world.own_tails == 1);
  LeadingReader next(world, {{0, 1}, {1, 0}});
  world.append(1, "b");
  CHECK(next.read() == 1);
  CHECK(read_now(*tail) == Texts{"b"});
  CHECK(world.own_tails == 0);
}

TEST_CASE("what a following tail needs and the relay has no room for it reads for itself") {
  World world(0);
  const auto tail = world.follow(kBoth);
  LeadingReader leader(world, kBoth);
  for (const auto* value : {"a", "b", "c"}) {
    CHECK(read_now(*tail).empty());
    CHECK(world.own_tails == 0);
    world.append(0, value);
    CHECK(leader.read() == 1);
    CHECK(read_now(*tail) == Texts{value});
    CHECK(world.own_tails == 1);
  }
}

TEST_CASE("a batch is kept until all followers have taken it, and not at all without any") {
  Relay relay(kRoomy);
  Relay::Leader leader(relay, kBoth);
  std::weak_ptr<const std::vector<Record>> kept;
  const auto hand_on = [&](Offset offset) {
    auto batch = batch_of({{0, offset, 1'000, "key", "value"}});
    kept = batch;
    leader.hand_on(std::move(batch));
  };
  hand_on(0);
  CHECK(kept.expired());
  Relay::Follower one(relay);
  hand_on(1);
  Relay::Follower other(relay);
  CHECK_FALSE(one.join(kBoth));  // the first is gone
  CHECK(one.join({{{0, 1}, {1, 0}}}));
  CHECK(other.join({{{0, 1}}}));
  CHECK(one.take(10, {}).size() == 1);
  CHECK_FALSE(kept.expired());
  CHECK(other.take(10, {}).size() == 1);
  CHECK(kept.expired());
}

TEST_CASE("a follower takes about as many records as it asked for") {
  Relay relay(kRoomy);
  Relay::Leader leader(relay, kBoth);
  Relay::Follower follower(relay);
  REQUIRE(follower.join(kBoth));
  for (Offset offset = 0; offset < 6; offset += 2) {
    leader.hand_on(batch_of({{0, offset, 1, "key", "a"}, {0, offset + 1, 1, "key", "b"}}));
  }
  CHECK(follower.take(3, {}).size() == 2);
  CHECK(follower.take(3, {}).size() == 1);
  CHECK(follower.joined());
}

TEST_CASE("wake ends a long wait for the leader, and only one") {
  World world;
  const auto tail = world.follow(kBoth);
  const LeadingReader leader(world, kBoth);
  check_one_wake(*tail);
  CHECK(world.own_tails == 0);
}

TEST_CASE("a wait ends when the leader goes") {
  World world;
  const auto tail = world.follow(kBoth);
  auto leader = std::make_unique<LeadingReader>(world, kBoth);
  REQUIRE(read_now(*tail).empty());
  world.append(0, "a");
  const auto began = std::chrono::steady_clock::now();
  const std::jthread ending([&] { leader.reset(); });
  CHECK(tail->read(10, kLong).size() == 1);
  CHECK(std::chrono::steady_clock::now() - began < kLong / 2);
}

TEST_CASE("followers that fall behind and catch up miss nothing and get nothing twice") {
  constexpr int kRecords = 20'000;
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  World world(std::size_t{40} * 600);  // about forty records
  const auto reads_all = [&world](unsigned own_seed) {
    std::mt19937 random(own_seed);
    const auto tail = world.follow({{0, 0}});
    int next = 0;
    while (next < kRecords) {
      const auto records = tail->read(1 + random() % 50, std::chrono::milliseconds(5));
      for (const Record& record : records) {
        if (record.value != std::to_string(next)) return next;
        ++next;
      }
    }
    return next;
  };
  auto one = std::async(std::launch::async, reads_all, seed);
  auto other = std::async(std::launch::async, reads_all, seed + 1);
  std::mt19937 random(seed + 2);
  LeadingReader leader(world, kBoth);
  for (int next = 0; next < kRecords;) {
    std::vector<Entry> batch;
    for (unsigned i = random() % 30; i < 30 && next < kRecords; ++i) {
      batch.push_back({0, "key", std::to_string(next++)});
    }
    (void)test::append(world.ledger, std::move(batch));
    (void)leader.read(1 + random() % 40);
  }
  while (leader.read() > 0) {
  }
  CHECK(one.get() == kRecords);
  CHECK(other.get() == kRecords);
}

}  // namespace flashpoll::ledger::test
