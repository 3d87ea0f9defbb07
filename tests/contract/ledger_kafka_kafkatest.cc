#include "infra/runtime/thread.h"
#include "tests/contract/kafka_backend.h"
#include "tests/contract/ledger_load_contract.h"

namespace flashpoll::ledger::test {

LEDGER_CONTRACT(KafkaBackend);
LEDGER_LOAD_CONTRACT(KafkaBackend);

TEST_CASE("a gathered tail fetches at once what came in 25 ms") {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kAppends = 60;
  KafkaBackend backend;
  const auto ledger = backend.open();
  const auto tail = ledger->tail({{1, 0}}, Delivery::gathered);
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

}  // namespace flashpoll::ledger::test
