#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/ledger.h"
#include "infra/ledger/memory_log.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::ledger {

/// What can happen to a batch on its way.
enum class MemoryFault : std::uint8_t {
  duplicate,    ///< appended twice, reported at the first place
  lost_report,  ///< appended, reported in doubt
  never_lands,  ///< reported in doubt, not appended
  lands_late,   ///< reported in doubt, appended some steps later
  refuse,       ///< reported not appended, rightly
};

struct MemoryLedgerOptions {
  bool threads = true;  ///< false: nothing happens but in `deliver`
  std::uint64_t seed = 1;
  std::size_t pending_entries = 65'536;
  /// How often a fault meets a batch, in thousandths.
  std::map<MemoryFault, int> per_mille = {};
  /// Up to so many other steps come between an append and its report.
  int report_delay_steps = 0;
};

/// The ledger in memory, for tests and simulation; it forgets. Several of them on one MemoryLog are
/// like several processes on one ledger. Each batch goes through steps (append, report, land late)
/// that a thread of its own takes, or `deliver`; which faults meet which batch, and the order of
/// the steps, follow from the seed alone.
class MemoryLedger final : public Ledger {
 public:
  explicit MemoryLedger(std::shared_ptr<MemoryLog> log, MemoryLedgerOptions options = {});
  ~MemoryLedger() override;
  MemoryLedger(const MemoryLedger&) = delete;
  MemoryLedger& operator=(const MemoryLedger&) = delete;

  [[nodiscard]] Partition partitions() const override { return log_->partitions(); }
  [[nodiscard]] bool read_is_durable() const override { return true; }
  [[nodiscard]] std::size_t depth() const override { return 8'192; }
  [[nodiscard]] bool append(std::vector<Entry> batch, AppendDone done) override;
  [[nodiscard]] std::vector<Offset> ends(std::chrono::milliseconds wait) override;
  /// Without threads its `read` never waits.
  using Ledger::tail;
  [[nodiscard]] std::unique_ptr<Tail> tail(std::vector<Start> starts, Delivery delivery) override;

  /// Takes the next step; false when none is left. Only without threads; one thread.
  bool deliver();

  /// The batches handed in next meet these faults, one each. Any thread.
  void inject(std::vector<MemoryFault> faults) FP_EXCLUDES(mutex_);
  /// While held no step is taken: what is handed in gathers. Any thread.
  void hold(bool held) FP_EXCLUDES(mutex_);

 private:
  struct Step {
    std::vector<Entry> entries;  ///< to append, empty: none
    AppendDone done;             ///< to call, empty: none
    std::vector<AppendResult> results;
    std::optional<MemoryFault> fault;
    bool first = true;  ///< the batch's first step
  };
  /// By the step number at which they are due, then by age.
  using Steps = std::map<std::pair<std::uint64_t, std::uint64_t>, Step>;

  void run();
  void schedule(Step step, std::uint64_t delay) FP_REQUIRES(mutex_);
  [[nodiscard]] std::optional<Step> take(bool wait) FP_EXCLUDES(mutex_);
  void carry_out(Step step) FP_EXCLUDES(mutex_);
  void begin(Step step) FP_EXCLUDES(mutex_);
  void finish_all();
  [[nodiscard]] std::optional<MemoryFault> draw_fault() FP_REQUIRES(mutex_);

  const std::shared_ptr<MemoryLog> log_;
  const MemoryLedgerOptions options_;
  runtime::Mutex mutex_;
  runtime::Condition changed_;
  std::mt19937_64 random_ FP_GUARDED_BY(mutex_);
  Steps steps_ FP_GUARDED_BY(mutex_);
  std::deque<MemoryFault> injected_ FP_GUARDED_BY(mutex_);
  std::uint64_t step_ FP_GUARDED_BY(mutex_) = 0;
  std::uint64_t age_ FP_GUARDED_BY(mutex_) = 0;
  std::size_t pending_ FP_GUARDED_BY(mutex_) = 0;
  bool held_ FP_GUARDED_BY(mutex_) = false;
  bool stopping_ FP_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace flashpoll::ledger
