#include <doctest/doctest.h>

#include <tuple>
#include <variant>
#include <vector>

#include "events/fold.h"
#include "infra/ledger/kafka_client.h"
#include "infra/ledger/kafka_ledger.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/fault.h"
#include "tests/contract/ledger_helpers.h"
#include "tests/support/given.h"
#include "tests/support/private_kafka.h"

namespace flashpoll::ledger::test {
namespace {

using flashpoll::test::PrivateKafka;
using std::chrono::milliseconds;

constexpr Partition kThree = 3;

/// The clocks of all brokers but the first are 30 s behind.
PrivateKafka& cluster() {
  static PrivateKafka three{
      3, {.environment = {"LD_PRELOAD=" WRONG_CLOCK, "WRONG_CLOCK_SECONDS=-30"}}};
  return three;
}

struct World {
  World() { create_kafka_ledger(target, kThree, 0, quiet); }
  [[nodiscard]] std::int32_t leader(Partition partition) {
    const KafkaClient client(target, KafkaRole::producer, quiet);
    const KafkaMetadata metadata = client.metadata(target.topic, kLong);
    return metadata->topics[0].partitions[partition].leader;
  }
  /// Appends until it is confirmed: a copy does no harm.
  void append_event(KafkaLedger& ledger, Partition partition, const events::Event& event) const {
    for (int tries = 0; tries < 5; ++tries) {
      const auto results =
          append(ledger, {{partition, events::poll_of(event).text(), events::encode(event)}});
      if (results[0].status == AppendStatus::appended) return;
    }
    FAIL("it was not appended");
  }

  runtime::SystemClock clock;
  runtime::Log quiet{clock, runtime::LogLevel::error, -1};
  KafkaTarget target{cluster().topic_name(), {{"bootstrap.servers", cluster().servers()}}};
};

/// How the fold sees the records.
struct Folded {
  std::vector<events::TimeMs> at;
  int counted = 0;
};
Folded fold(const std::vector<OwnedRecord>& records) {
  events::Fold fold;
  Folded folded;
  for (const OwnedRecord& record : records) {
    const auto decoded = events::decode({record.partition, record.key, record.value}, kThree);
    const events::Outcome outcome = fold.fold({record.offset, record.append_time_ms}, decoded);
    const auto* judged = std::get_if<events::Judged>(&outcome);
    REQUIRE(judged != nullptr);
    folded.at.push_back(judged->at);
    folded.counted += judged->counted() ? 1 : 0;
  }
  return folded;
}

/// A poll that lives in that partition.
events::PollId poll_in(Partition partition) {
  std::uint64_t number = 1;
  while (events::partition_of(events::PollId(number), kThree) != partition) ++number;
  return events::PollId(number);
}

events::VoteCast ballot(events::PollId poll, const events::VoterTag& who, std::uint8_t choice) {
  return {poll, who, events::testing::uuid(who.bytes[0]), {choice}, {}};
}

auto all_of(const OwnedRecord& record) {
  return std::tie(record.partition, record.offset, record.append_time_ms, record.key, record.value);
}

}  // namespace

TEST_CASE("append times step back with the leader; no reader minds, all agree, `at` never does") {
  World world;
  KafkaLedger ledger(world.target, kThree, world.quiet);
  CHECK(ledger.caution().empty());
  Partition partition = 0;
  while (partition < kThree && world.leader(partition) != 1) ++partition;
  REQUIRE(partition < kThree);

  const auto follower = ledger.tail({{partition, 0}});
  events::PollOpened opening = events::testing::lunch();
  opening.poll = poll_in(partition);
  opening.closes_at = world.clock.wall_ms() + 3'600'000;
  world.append_event(ledger, partition, opening);
  world.append_event(ledger, partition, ballot(opening.poll, events::testing::ann, 0));
  auto followed = read_records(*follower, 2);
  cluster().kill9(1);
  world.append_event(ledger, partition, ballot(opening.poll, events::testing::bob, 1));
  const auto end = static_cast<std::size_t>(ledger.ends(kLong)[partition]);
  REQUIRE(end >= 3);
  cluster().start();

  const auto all = read_records(*ledger.tail({{partition, 0}}), end);
  REQUIRE(all.size() == end);
  CHECK(all[2].append_time_ms < all[1].append_time_ms - 20'000);
  const Folded folded = fold(all);
  CHECK(std::ranges::is_sorted(folded.at));
  CHECK(folded.counted == 3);
  for (std::size_t first = 0; first < end; ++first) {
    const auto part = read_records(*ledger.tail({{partition, all[first].offset}}), end - first);
    REQUIRE(part.size() == end - first);
    for (std::size_t i = 0; i < part.size(); ++i) CHECK(all_of(part[i]) == all_of(all[first + i]));
  }
  for (const OwnedRecord& record : read_records(*follower, end - 2)) followed.push_back(record);
  REQUIRE(followed.size() == end);
  for (std::size_t i = 0; i < end; ++i) CHECK(all_of(followed[i]) == all_of(all[i]));
  // Longer than it takes until the topic is looked at again.
  for (int i = 0; i < 7; ++i) CHECK(follower->read(10, milliseconds(1'000)).empty());
}

TEST_CASE("without enough replicas nothing is acknowledged, and nothing is lost") {
  World world;
  KafkaLedger ledger(world.target, kThree, world.quiet);
  append(ledger, {{0, "k", "before"}});
  cluster().freeze(2);
  cluster().freeze(3);
  auto pending = start_append(ledger, {{0, "k", "meanwhile"}});
  REQUIRE(pending.wait_for(kLong) == std::future_status::ready);
  CHECK(pending.get()[0].status == AppendStatus::in_doubt);
  cluster().thaw(2);
  cluster().thaw(3);
  AppendStatus status = AppendStatus::in_doubt;
  for (int tries = 0; tries < 5 && status != AppendStatus::appended; ++tries) {
    status = append(ledger, {{0, "k", "after"}})[0].status;
  }
  CHECK(status == AppendStatus::appended);
  const auto end = static_cast<std::size_t>(ledger.ends(kLong)[0]);
  const auto values = values_of(read_records(*ledger.tail({{0, 0}}), end));
  REQUIRE_FALSE(values.empty());
  CHECK(values.front() == "before");
  CHECK(values.back() == "after");
}

}  // namespace flashpoll::ledger::test
