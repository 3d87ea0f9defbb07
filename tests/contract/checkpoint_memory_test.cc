#include "infra/ledger/memory_checkpoint.h"
#include "infra/runtime/clock.h"
#include "tests/contract/checkpoint_contract.h"

namespace flashpoll::ledger::test {
namespace {

class MemoryBackend {
 public:
  CheckpointStore& store() { return store_; }
  void pass(std::int64_t ms) { clock_.advance(ms); }

 private:
  runtime::ManualClock clock_{1'800'000'000'000};
  MemoryCheckpointStore store_{clock_};
};

}  // namespace

CHECKPOINT_CONTRACT(MemoryBackend);

}  // namespace flashpoll::ledger::test
