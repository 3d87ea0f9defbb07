#include "infra/ledger/memory_log.h"

#include <algorithm>

#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::ledger {

MemoryLog::MemoryLog(Partition partitions, const runtime::Clock& clock)
    : count_(partitions), clock_(clock) {
  FP_CHECK(partitions > 0, "a ledger has a partition");
  const runtime::MutexLock lock(mutex_);
  records_.resize(count_);
}

std::vector<Offset> MemoryLog::append(std::span<const Entry> entries) {
  const runtime::MutexLock lock(mutex_);
  std::vector<Offset> offsets;
  const std::int64_t now = clock_.wall_ms();
  for (const Entry& entry : entries) {
    auto& records = records_.at(entry.partition);
    offsets.push_back(static_cast<Offset>(records.size()));
    records.push_back({entry.time_ms.value_or(now), entry.key, entry.value});
  }
  changed();
  return offsets;
}

std::vector<Offset> MemoryLog::ends() const {
  const runtime::MutexLock lock(mutex_);
  require_here();
  std::vector<Offset> ends;
  for (const auto& records : records_) ends.push_back(static_cast<Offset>(records.size()));
  return ends;
}

Offset MemoryLog::read(Partition partition, Offset offset, std::size_t max,
                       std::vector<Record>& records) {
  const runtime::MutexLock lock(mutex_);
  require_here();
  const auto& stored = records_.at(partition);
  const auto end = static_cast<Offset>(stored.size());
  if (offset > end) {
    throw Corrupt("ledger: offset " + std::to_string(offset) + " of partition " +
                  std::to_string(partition) + " was read before, but the ledger ends at " +
                  std::to_string(end) + "; it was truncated or exchanged");
  }
  const Offset stop = std::min(end, offset + static_cast<Offset>(max));
  for (; offset < stop; ++offset) {
    const Stored& record = stored[static_cast<std::size_t>(offset)];
    records.push_back({partition, offset, record.append_time_ms, record.key, record.value});
  }
  return offset;
}

std::uint64_t MemoryLog::version() const {
  const runtime::MutexLock lock(mutex_);
  return version_;
}

void MemoryLog::wait(std::uint64_t version, std::chrono::steady_clock::time_point until) {
  const runtime::MutexLock lock(mutex_);
  while (version_ == version) {
    if (!grown_.wait_until(mutex_, until)) return;
  }
}

void MemoryLog::poke() {
  const runtime::MutexLock lock(mutex_);
  changed();
}

void MemoryLog::set_away(bool away) {
  const runtime::MutexLock lock(mutex_);
  away_ = away;
  changed();
}

bool MemoryLog::away() const {
  const runtime::MutexLock lock(mutex_);
  return away_;
}

void MemoryLog::cut(Partition partition, Offset offset) {
  const runtime::MutexLock lock(mutex_);
  auto& records = records_.at(partition);
  FP_CHECK(offset >= 0 && offset <= static_cast<Offset>(records.size()), "a place in the log");
  records.resize(static_cast<std::size_t>(offset));
}

void MemoryLog::exchange(Partition partition, Offset offset, std::string value) {
  const runtime::MutexLock lock(mutex_);
  records_.at(partition).at(static_cast<std::size_t>(offset)).value = std::move(value);
}

void MemoryLog::changed() {
  ++version_;
  grown_.notify_all();
}

void MemoryLog::require_here() const {
  if (away_) throw Unavailable("ledger: the memory ledger was set away");
}

}  // namespace flashpoll::ledger
