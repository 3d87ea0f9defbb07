#include <algorithm>

#include "infra/ledger/follower_hub.h"
#include "infra/runtime/check.h"

namespace flashpoll::ledger {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

Follower::Reader::Reader(Hub& hub, std::unique_ptr<Tail> own, std::span<const Start> starts)
    : hub_(hub), own_(std::move(own)), reading_(own_.get()), next_(places_of(starts)) {}

Follower::Reader::~Reader() { hub_.leave(queue_); }

std::span<const Record> Follower::Reader::read(std::size_t max_records, milliseconds wait) {
  FP_CHECK(max_records > 0, "somebody who reads wants records");
  const Time until = Clock::now() + wait;
  records_.clear();
  while (reading_ != nullptr) {
    const auto records = read_own(max_records, until);
    if (!records.empty()) return records;
    if (reading_ != nullptr && (hub_.take_wake(queue_) || Clock::now() >= until)) return {};
  }
  while (true) {
    take(max_records);
    if (!records_.empty()) return records_;
    batch_ = hub_.pop(queue_, until);
    taken_ = 0;
    if (!batch_) return {};
  }
}

std::span<const Record> Follower::Reader::read_own(std::size_t max_records, Time until) {
  if (joined_at_ && reached()) {
    drop_own();
    return {};
  }
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
  // Once before joining, to find out whether the place to start at exists; not for long, as what
  // comes next may come through the follower.
  const auto wait = joined_at_ ? std::max(left, milliseconds(0)) : milliseconds(0);
  const auto records = reading_->read(max_records, wait);
  for (const Record& record : records) next_[record.partition] = record.offset + 1;
  if (!joined_at_) joined_at_ = hub_.join(queue_, next_);
  return records;
}

void Follower::Reader::drop_own() {
  std::unique_ptr<Tail> own;
  {
    const runtime::MutexLock lock(mutex_);
    own.swap(own_);
  }
  reading_ = nullptr;
}

void Follower::Reader::take(std::size_t max_records) {
  if (!batch_) return;
  const auto records = batch_->records();
  for (; taken_ < records.size() && records_.size() < max_records; ++taken_) {
    const Record& record = records[taken_];
    const bool mine = record.partition < next_.size() && next_[record.partition] >= 0;
    // What came through the tail of its own may come here once more.
    if (!mine || record.offset < next_[record.partition]) continue;
    next_[record.partition] = record.offset + 1;
    records_.push_back(record);
  }
}

bool Follower::Reader::reached() const {
  for (std::size_t i = 0; i < next_.size(); ++i) {
    if (next_[i] >= 0 && next_[i] < (*joined_at_)[i]) return false;
  }
  return true;
}

void Follower::Reader::wake() {
  hub_.wake(queue_);
  const runtime::MutexLock lock(mutex_);
  if (own_) own_->wake();
}

}  // namespace flashpoll::ledger
