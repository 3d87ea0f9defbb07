#include "infra/ledger/memory_ledger.h"

#include <utility>

#include "infra/ledger/memory_tail.h"
#include "infra/runtime/check.h"
#include "infra/runtime/thread.h"

namespace flashpoll::ledger {
namespace {

constexpr std::uint64_t kLateSteps = 16;

std::vector<AppendResult> all(std::size_t count, AppendStatus status) {
  return std::vector<AppendResult>(count, AppendResult{status, std::nullopt});
}

std::vector<AppendResult> appended_at(const std::vector<Offset>& offsets) {
  std::vector<AppendResult> results;
  for (const Offset offset : offsets) results.push_back({AppendStatus::appended, offset});
  return results;
}

}  // namespace

MemoryLedger::MemoryLedger(std::shared_ptr<MemoryLog> log, MemoryLedgerOptions options)
    : log_(std::move(log)), options_(std::move(options)), random_(options_.seed) {
  if (options_.threads) thread_ = runtime::start_thread("ledger-memory", [this] { run(); });
}

MemoryLedger::~MemoryLedger() {
  {
    const runtime::MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  finish_all();
}

bool MemoryLedger::append(std::vector<Entry> batch, AppendDone done) {
  FP_CHECK(!batch.empty(), "a batch holds an entry");
  for (const Entry& entry : batch) FP_CHECK(entry.partition < partitions(), "a partition there is");
  {
    const runtime::MutexLock lock(mutex_);
    if (pending_ + batch.size() > options_.pending_entries) return false;
    pending_ += batch.size();
    Step step;
    step.fault = draw_fault();
    step.entries = std::move(batch);
    step.done = std::move(done);
    schedule(std::move(step), 0);
  }
  changed_.notify_all();
  return true;
}

std::vector<Offset> MemoryLedger::ends(std::chrono::milliseconds /*wait*/) { return log_->ends(); }

std::unique_ptr<Tail> MemoryLedger::tail(std::vector<Start> starts, Delivery /*delivery*/) {
  for (const Start& start : starts) {
    FP_CHECK(start.partition < partitions() && start.offset >= 0,
             "a partition and offset there is");
  }
  return std::make_unique<MemoryTail>(log_, std::move(starts), options_.threads);
}

bool MemoryLedger::deliver() {
  FP_CHECK(!options_.threads, "the ledger's own thread delivers");
  auto step = take(false);
  if (!step) return false;
  carry_out(std::move(*step));
  return true;
}

void MemoryLedger::inject(std::vector<MemoryFault> faults) {
  const runtime::MutexLock lock(mutex_);
  injected_.insert(injected_.end(), faults.begin(), faults.end());
}

void MemoryLedger::hold(bool held) {
  {
    const runtime::MutexLock lock(mutex_);
    held_ = held;
  }
  changed_.notify_all();
}

void MemoryLedger::run() {
  while (auto step = take(true)) carry_out(std::move(*step));
}

void MemoryLedger::schedule(Step step, std::uint64_t delay) {
  steps_.emplace(std::pair(step_ + delay, age_++), std::move(step));
}

std::optional<MemoryLedger::Step> MemoryLedger::take(bool wait) {
  const runtime::MutexLock lock(mutex_);
  while (wait && !stopping_ && (steps_.empty() || held_)) changed_.wait(mutex_);
  if (steps_.empty() || held_) return std::nullopt;
  ++step_;
  return std::move(steps_.extract(steps_.begin()).mapped());
}

void MemoryLedger::carry_out(Step step) {
  if (step.first) return begin(std::move(step));
  if (!step.entries.empty()) log_->append(step.entries);
  if (step.done) {
    const std::size_t count = step.results.size();
    step.done(step.results);
    const runtime::MutexLock lock(mutex_);
    pending_ -= count;
  }
}

void MemoryLedger::begin(Step step) {
  const std::size_t count = step.entries.size();
  const auto fault = log_->away() ? MemoryFault::refuse : step.fault;
  Step report;
  report.first = false;
  report.done = std::move(step.done);
  report.results = all(
      count, fault == MemoryFault::refuse ? AppendStatus::not_appended : AppendStatus::in_doubt);
  if (!fault || fault == MemoryFault::duplicate) {
    report.results = appended_at(log_->append(step.entries));
  }
  if (fault == MemoryFault::duplicate || fault == MemoryFault::lost_report) {
    log_->append(step.entries);
  }
  const runtime::MutexLock lock(mutex_);
  std::uint64_t delay = 0;
  if (options_.report_delay_steps > 0) {
    delay = random_() % static_cast<std::uint64_t>(options_.report_delay_steps + 1);
  }
  schedule(std::move(report), delay);
  if (fault == MemoryFault::lands_late) {
    Step late;
    late.first = false;
    late.entries = std::move(step.entries);
    schedule(std::move(late), delay + 1 + random_() % kLateSteps);
  }
}

void MemoryLedger::finish_all() {
  Steps left;
  {
    const runtime::MutexLock lock(mutex_);
    left.swap(steps_);
  }
  for (auto& [due, step] : left) {
    if (!step.done) continue;
    const std::size_t count = step.first ? step.entries.size() : step.results.size();
    step.done(all(count, step.first ? AppendStatus::not_appended : AppendStatus::in_doubt));
  }
}

std::optional<MemoryFault> MemoryLedger::draw_fault() {
  if (!injected_.empty()) {
    const MemoryFault fault = injected_.front();
    injected_.pop_front();
    return fault;
  }
  auto draw = static_cast<int>(random_() % 1000);
  for (const auto& [fault, per_mille] : options_.per_mille) {
    if (draw < per_mille) return fault;
    draw -= per_mille;
  }
  return std::nullopt;
}

}  // namespace flashpoll::ledger
