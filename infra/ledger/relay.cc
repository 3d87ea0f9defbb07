#include "infra/ledger/relay.h"

#include <algorithm>
#include <utility>

#include "infra/runtime/check.h"

namespace flashpoll::ledger {
namespace {

/// What a client library's message takes beside its bytes, about.
constexpr std::size_t kRecordBytes = 512;

std::size_t size_of(const std::vector<Record>& records) {
  std::size_t bytes = 0;
  for (const Record& record : records) {
    bytes += record.key.size() + record.value.size() + kRecordBytes;
  }
  return bytes;
}

}  // namespace

Relay::Leader::Leader(Relay& relay, std::span<const Start> starts) : relay_(relay) {
  relay_.begin(starts);
}

Relay::Leader::~Leader() { relay_.end(); }

void Relay::Leader::hand_on(Batch batch) { relay_.add(std::move(batch)); }

Relay::Follower::Follower(Relay& relay) : relay_(relay) {
  const runtime::MutexLock lock(relay_.mutex_);
  relay_.followers_.insert(this);
}

Relay::Follower::~Follower() {
  const runtime::MutexLock lock(relay_.mutex_);
  relay_.followers_.erase(this);
  relay_.drop();
}

bool Relay::Follower::join(std::span<const Start> starts) {
  const runtime::MutexLock lock(relay_.mutex_);
  next_ = relay_.find(starts);
  return next_.has_value();
}

bool Relay::Follower::joined() const {
  const runtime::MutexLock lock(relay_.mutex_);
  return next_.has_value();
}

std::vector<Relay::Batch> Relay::Follower::take(std::size_t max_records,
                                                std::chrono::steady_clock::time_point until) {
  std::vector<Batch> taken;
  const runtime::MutexLock lock(relay_.mutex_);
  while (relay_.waits(*this) && !woken_ && relay_.changed_.wait_until(relay_.mutex_, until)) {
  }
  woken_ = false;
  for (std::size_t records = 0; next_ && !relay_.waits(*this) && records < max_records; ++*next_) {
    taken.push_back(relay_.kept_[*next_ - relay_.first_].batch);
    records += taken.back()->size();
  }
  relay_.drop();
  return taken;
}

void Relay::Follower::wake() {
  const runtime::MutexLock lock(relay_.mutex_);
  woken_ = true;
  relay_.changed_.notify_all();
}

void Relay::begin(std::span<const Start> starts) {
  const runtime::MutexLock lock(mutex_);
  FP_CHECK(!led_, "one tail leads");
  led_ = true;
  position_.clear();
  for (const Start& start : starts) {
    position_.resize(std::max<std::size_t>(position_.size(), start.partition + 1), -1);
    position_[start.partition] = start.offset;
  }
}

void Relay::end() {
  const runtime::MutexLock lock(mutex_);
  led_ = false;
  first_ += kept_.size();
  kept_.clear();
  bytes_ = 0;
  for (Follower* follower : followers_) follower->next_.reset();
  changed_.notify_all();
}

void Relay::add(Batch batch) {
  const std::size_t bytes = size_of(*batch);
  const runtime::MutexLock lock(mutex_);
  std::vector<Offset> before = position_;
  for (const Record& record : *batch) position_[record.partition] = record.offset + 1;
  kept_.push_back({std::move(batch), bytes, std::move(before)});
  bytes_ += bytes;
  drop();
  changed_.notify_all();
}

std::optional<std::uint64_t> Relay::find(std::span<const Start> starts) const {
  const auto reaches = [&starts](const std::vector<Offset>& position, auto holds) {
    return std::ranges::all_of(starts, [&](const Start& start) {
      return start.partition < position.size() && position[start.partition] >= 0 &&
             holds(position[start.partition], start.offset);
    });
  };
  if (!led_ || !reaches(position_, std::greater_equal<>())) return std::nullopt;
  if (reaches(position_, std::less_equal<>())) return first_ + kept_.size();
  // Of the batches before which the leader had passed none of the offsets, the last one.
  for (std::size_t i = kept_.size(); i > 0; --i) {
    if (reaches(kept_[i - 1].before, std::less_equal<>())) return first_ + i - 1;
  }
  return std::nullopt;
}

bool Relay::waits(const Follower& follower) const {
  return follower.next_ && *follower.next_ == first_ + kept_.size();
}

void Relay::drop() {
  std::uint64_t needed = first_ + kept_.size();
  for (const Follower* follower : followers_)
    needed = std::min(needed, follower->next_.value_or(0));
  while (!kept_.empty() && (first_ < needed || bytes_ > max_bytes_)) {
    bytes_ -= kept_.front().bytes;
    kept_.pop_front();
    ++first_;
  }
  for (Follower* follower : followers_) {
    if (follower->next_ && *follower->next_ < first_) follower->next_.reset();
  }
}

}  // namespace flashpoll::ledger
