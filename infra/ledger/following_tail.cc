#include "infra/ledger/following_tail.h"

#include <algorithm>
#include <utility>

namespace flashpoll::ledger {

using Clock = std::chrono::steady_clock;

FollowingTail::FollowingTail(Relay& relay, std::vector<Start> starts, MakeTail make_own)
    : make_own_(std::move(make_own)), positions_(std::move(starts)), follower_(relay) {
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    index_.resize(std::max<std::size_t>(index_.size(), positions_[i].partition + 1));
    index_[positions_[i].partition] = i;
  }
}

std::span<const Record> FollowingTail::read(std::size_t max_records,
                                            std::chrono::milliseconds wait) {
  const Time until = Clock::now() + wait;
  records_.clear();
  do {
    if (!follow(max_records, until)) read_own(max_records, until);
  } while (records_.empty() && !woken_.exchange(false) && Clock::now() < until);
  return records_;
}

void FollowingTail::wake() {
  woken_ = true;
  follower_.wake();
  if (const auto own = this->own()) own->wake();
}

bool FollowingTail::follow(std::size_t max_records, Time until) {
  if (!follower_.joined() && !follower_.join(positions_)) return false;
  set_own(nullptr);
  batches_ = follower_.take(max_records, until);
  for (const Relay::Batch& batch : batches_) {
    for (const Record& record : *batch) take(record);
  }
  return true;
}

void FollowingTail::read_own(std::size_t max_records, Time until) {
  batches_.clear();
  if (own() == nullptr) set_own(make_own_(positions_));
  const Time now = woken_ ? until : Clock::now();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
  for (const Record& record : own()->read(max_records, left)) take(record);
}

std::shared_ptr<Tail> FollowingTail::own() {
  const runtime::MutexLock lock(mutex_);
  return own_;
}

void FollowingTail::set_own(std::shared_ptr<Tail> own) {
  const runtime::MutexLock lock(mutex_);
  own_.swap(own);
}

void FollowingTail::take(const Record& record) {
  if (record.partition >= index_.size() || !index_[record.partition]) return;
  Start& position = positions_[*index_[record.partition]];
  if (record.offset < position.offset) return;
  position.offset = record.offset + 1;
  records_.push_back(record);
}

}  // namespace flashpoll::ledger
