#include "infra/ledger/memory_tail.h"

#include "infra/runtime/check.h"

namespace flashpoll::ledger {

MemoryTail::MemoryTail(std::shared_ptr<MemoryLog> log, std::vector<Start> starts, bool waits)
    : log_(std::move(log)), next_(std::move(starts)), waits_(waits) {}

std::span<const Record> MemoryTail::read(std::size_t max_records, std::chrono::milliseconds wait) {
  FP_CHECK(max_records > 0, "somebody who reads wants records");
  const auto until = std::chrono::steady_clock::now() + wait;
  records_.clear();
  while (true) {
    const std::uint64_t version = log_->version();
    take(max_records);
    if (!records_.empty() || woken_.exchange(false) || !waits_) break;
    if (std::chrono::steady_clock::now() >= until) break;
    log_->wait(version, until);
  }
  return records_;
}

void MemoryTail::take(std::size_t max_records) {
  ++turn_;
  for (std::size_t i = 0; i < next_.size() && records_.size() < max_records; ++i) {
    Start& next = next_[(turn_ + i) % next_.size()];
    next.offset = log_->read(next.partition, next.offset, max_records - records_.size(), records_);
  }
}

void MemoryTail::wake() {
  woken_ = true;
  log_->poke();
}

}  // namespace flashpoll::ledger
