#include <memory>
#include <vector>

#include "infra/ledger/memory_ledger.h"
#include "tests/contract/ledger_contract.h"
#include "tests/contract/ledger_load_contract.h"

namespace flashpoll::ledger::test {
namespace {

class MemoryBackend {
 public:
  std::unique_ptr<Ledger> open(std::size_t pending_entries = 65'536) {
    MemoryLedgerOptions options;
    options.pending_entries = pending_entries;
    options.seed = ++opened_;
    auto ledger = std::make_unique<MemoryLedger>(log_, options);
    if (opened_ == 1) first_ = ledger.get();
    return ledger;
  }

  void interrupt() {
    log_->set_away(true);
    log_->set_away(false);
  }

  void disturb() {
    first_->inject({MemoryFault::lost_report, MemoryFault::never_lands, MemoryFault::lands_late,
                    MemoryFault::refuse});
    interrupt();
  }

  void cut(Partition partition, Offset offset) { log_->cut(partition, offset); }
  void exchange(Partition partition, Offset offset) { log_->exchange(partition, offset, "forged"); }

 private:
  runtime::SystemClock clock_;
  std::shared_ptr<MemoryLog> log_ = std::make_shared<MemoryLog>(kPartitions, clock_);
  MemoryLedger* first_ = nullptr;
  std::uint64_t opened_ = 0;
};

}  // namespace

LEDGER_CONTRACT(MemoryBackend);
LEDGER_LOAD_CONTRACT(MemoryBackend);

}  // namespace flashpoll::ledger::test
