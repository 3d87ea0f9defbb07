#include "infra/app/import_appender.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <utility>

#include "infra/runtime/fault.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::app {

namespace {

constexpr std::size_t kBatchEntries = 1'000;
constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::size_t kBatchesUnderWay = 8;
/// Every ledger reports in doubt before.
constexpr std::chrono::seconds kWait{120};

}  // namespace

struct ImportAppender::State {
  runtime::Mutex mutex;
  runtime::Condition reported;
  std::size_t under_way FP_GUARDED_BY(mutex) = 0;
  bool failed FP_GUARDED_BY(mutex) = false;

  void report(std::span<const ledger::AppendResult> results) FP_EXCLUDES(mutex) {
    const runtime::MutexLock lock(mutex);
    --under_way;
    failed = failed || !std::ranges::all_of(results, [](const ledger::AppendResult& result) {
               return result.status == ledger::AppendStatus::appended;
             });
    reported.notify_all();
  }
};

ImportAppender::ImportAppender(ledger::Ledger& ledger)
    : ledger_(ledger), state_(std::make_shared<State>()) {}

void ImportAppender::add(ledger::Entry entry) {
  bytes_ += entry.key.size() + entry.value.size();
  batch_.push_back(std::move(entry));
  if (batch_.size() >= kBatchEntries || bytes_ >= kBatchBytes) send();
}

void ImportAppender::finish() {
  if (!batch_.empty()) send();
  wait_until_under_way(0);
}

void ImportAppender::send() {
  wait_until_under_way(kBatchesUnderWay - 1);
  {
    const runtime::MutexLock lock(state_->mutex);
    ++state_->under_way;
  }
  handed_in_ += batch_.size();
  const bool taken = ledger_.append(std::exchange(batch_, {}),
                                    [state = state_](auto results) { state->report(results); });
  bytes_ = 0;
  if (!taken) fail("the ledger takes nothing more");
}

void ImportAppender::wait_until_under_way(std::size_t batches) {
  const auto until = std::chrono::steady_clock::now() + kWait;
  bool failed = false;
  bool late = false;
  {
    const runtime::MutexLock lock(state_->mutex);
    while (state_->under_way > batches && !state_->failed && !late) {
      late = !state_->reported.wait_until(state_->mutex, until);
    }
    failed = state_->failed;
    late = late && state_->under_way > batches;
  }
  if (failed) fail("the ledger did not confirm a batch");
  if (late) fail("the ledger does not answer");
}

void ImportAppender::fail(const char* what) const {
  throw Unavailable(std::string("the import was broken off: ") + what + ", " +
                    std::to_string(handed_in_) +
                    " records were handed in. The target holds a part of the history now, and must "
                    "not be used: drop it, make it anew, and import again");
}

}  // namespace flashpoll::app
