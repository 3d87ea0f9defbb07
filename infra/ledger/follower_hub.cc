#include "infra/ledger/follower_hub.h"

#include <algorithm>
#include <utility>

#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::ledger {

RecordBatch::RecordBatch(std::span<const Record> records)
    : records_(records.begin(), records.end()) {
  std::size_t size = 0;
  for (const Record& record : records_) size += record.key.size() + record.value.size();
  bytes_.reserve(size);  // so that it does not move while views are taken
  const auto keep = [this](std::string_view text) {
    const std::size_t at = bytes_.size();
    bytes_ += text;
    return std::string_view(bytes_).substr(at);
  };
  for (Record& record : records_) {
    record.key = keep(record.key);
    record.value = keep(record.value);
  }
}

Places places_of(std::span<const Start> starts) {
  Places places;
  for (const Start& start : starts) {
    if (start.partition >= places.size()) places.resize(start.partition + 1, -1);
    places[start.partition] = start.offset;
  }
  return places;
}

Follower::Hub::Hub(std::span<const Start> starts, const FollowerLimits& limits)
    : limits_(limits), places_(places_of(starts)) {}

bool Follower::Hub::publish(std::shared_ptr<const RecordBatch> batch) {
  {
    const runtime::MutexLock lock(mutex_);
    while (!stopped_ && !has_room()) emptied_.wait(mutex_);
    if (stopped_) return false;
    for (const Record& record : batch->records()) places_[record.partition] = record.offset + 1;
    for (FollowerQueue* queue : queues_) queue->batches.push_back(batch);
  }
  filled_.notify_all();
  return true;
}

void Follower::Hub::unavailable(const std::string& what) {
  {
    const runtime::MutexLock lock(mutex_);
    unavailable_ = what;
  }
  filled_.notify_all();
}

void Follower::Hub::available() {
  const runtime::MutexLock lock(mutex_);
  unavailable_.clear();
}

void Follower::Hub::corrupt(const std::string& what) {
  {
    const runtime::MutexLock lock(mutex_);
    corrupt_ = what;
  }
  filled_.notify_all();
}

void Follower::Hub::pause(std::chrono::milliseconds time) {
  const Time until = std::chrono::steady_clock::now() + time;
  const runtime::MutexLock lock(mutex_);
  while (!stopped_ && emptied_.wait_until(mutex_, until)) {
  }
}

void Follower::Hub::stop() {
  {
    const runtime::MutexLock lock(mutex_);
    stopped_ = true;
  }
  emptied_.notify_all();
}

std::optional<Places> Follower::Hub::join(FollowerQueue& queue, const Places& next) {
  const auto near = static_cast<Offset>(limits_.batch_records * limits_.queued_batches / 2);
  const runtime::MutexLock lock(mutex_);
  Offset behind = 0;
  for (std::size_t i = 0; i < next.size(); ++i) {
    FP_CHECK(next[i] < 0 || (i < places_.size() && places_[i] >= 0),
             "a partition that is followed");
    if (next[i] >= 0) behind += std::max<Offset>(0, places_[i] - next[i]);
  }
  if (behind > near) return std::nullopt;
  queues_.insert(&queue);
  return places_;
}

void Follower::Hub::leave(FollowerQueue& queue) {
  {
    const runtime::MutexLock lock(mutex_);
    queues_.erase(&queue);
  }
  emptied_.notify_all();
}

std::shared_ptr<const RecordBatch> Follower::Hub::pop(FollowerQueue& queue, Time until) {
  std::shared_ptr<const RecordBatch> batch;
  {
    const runtime::MutexLock lock(mutex_);
    bool in_time = true;
    while (queue.batches.empty()) {
      if (!corrupt_.empty()) throw Corrupt(corrupt_);
      if (std::exchange(queue.woken, false)) return nullptr;
      if (!in_time && !unavailable_.empty()) throw Unavailable(unavailable_);
      if (!in_time) return nullptr;
      in_time = filled_.wait_until(mutex_, until);
    }
    batch = std::move(queue.batches.front());
    queue.batches.pop_front();
  }
  emptied_.notify_all();
  return batch;
}

void Follower::Hub::wake(FollowerQueue& queue) {
  {
    const runtime::MutexLock lock(mutex_);
    queue.woken = true;
  }
  filled_.notify_all();
}

bool Follower::Hub::take_wake(FollowerQueue& queue) {
  const runtime::MutexLock lock(mutex_);
  return std::exchange(queue.woken, false);
}

bool Follower::Hub::has_room() const {
  return std::ranges::all_of(queues_, [this](const FollowerQueue* queue) {
    return queue->batches.size() < limits_.queued_batches;
  });
}

}  // namespace flashpoll::ledger
