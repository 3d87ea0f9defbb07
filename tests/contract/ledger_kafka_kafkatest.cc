#include "infra/runtime/thread.h"
#include "tests/contract/kafka_backend.h"
#include "tests/contract/ledger_load_contract.h"

namespace flashpoll::ledger::test {

LEDGER_CONTRACT(KafkaBackend);
LEDGER_LOAD_CONTRACT(KafkaBackend);

TEST_CASE("a following tail without a leader fetches at once what came in 25 ms") {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kAppends = 60;
  KafkaBackend backend;
  const auto ledger = backend.open();
  const auto tail = ledger->tail({{1, 0}}, Delivery::following);
  append(*ledger, {{1, "k", "first"}});
  CHECK(read_records(*tail, 1).size() == 1);
  const auto began = Clock::now();
  const std::jthread writer([&] {
    for (std::size_t i = 0; i < kAppends; ++i) {
      append(*ledger, {{1, "k", "v"}});
      (void)runtime::pause({}, std::chrono::milliseconds(5));
    }
  });
  std::size_t seen = 0;
  std::ptrdiff_t reads = 0;
  while (seen < kAppends && Clock::now() < began + kLong) {
    seen += tail->read(1'000, std::chrono::milliseconds(200)).size();
    ++reads;
  }
  CHECK(seen == kAppends);
  CHECK(reads <= (Clock::now() - began) / std::chrono::milliseconds(25) + 3);
}

TEST_CASE("a following tail gets from memory what the leading one read, and may keep it longer") {
  using Values = std::vector<std::string>;
  const auto read_now = [](Tail& tail) {
    Values values;
    for (const Record& record : tail.read(10, kNow)) values.emplace_back(record.value);
    return values;
  };
  KafkaBackend backend;
  const auto ledger = backend.open();
  auto leader = ledger->tail(from_start(*ledger), Delivery::leading);
  const auto follower = ledger->tail({{1, 0}}, Delivery::following);
  append(*ledger, {{1, "k", "a"}, {2, "k", "other"}});
  CHECK(read_records(*leader, 2).size() == 2);
  // Fetching would take longer than no time.
  const auto records = follower->read(10, kNow);
  REQUIRE(records.size() == 1);
  leader.reset();
  CHECK(records.front().value == "a");
  append(*ledger, {{1, "k", "b"}});
  CHECK(values_of(read_records(*follower, 1)) == Values{"b"});
  const auto next = ledger->tail({{0, 0}, {1, 2}, {2, 0}}, Delivery::leading);
  CHECK(read_records(*next, 1).size() == 1);
  CHECK(read_now(*follower).empty());
  append(*ledger, {{1, "k", "c"}});
  CHECK(read_records(*next, 1).size() == 1);
  CHECK(read_now(*follower) == Values{"c"});
}

}  // namespace flashpoll::ledger::test
