#include "infra/ledger/memory_checkpoint.h"

#include <algorithm>

#include "infra/runtime/check.h"

namespace flashpoll::ledger {

bool MemoryCheckpointStore::lease(const std::string& holder, std::int64_t ttl_ms) {
  const runtime::MutexLock lock(mutex_);
  const std::int64_t now = clock_.wall_ms();
  if (holder_ != holder && now < until_ms_) return false;
  holder_ = holder;
  until_ms_ = now + ttl_ms;
  return true;
}

void MemoryCheckpointStore::put(const std::string& id, const std::vector<CheckpointPart>& parts) {
  const runtime::MutexLock lock(mutex_);
  FP_CHECK(std::ranges::find(complete_, id, &Checkpoint::id) == complete_.end(),
           "parts are put before the manifest");
  for (const CheckpointPart& part : parts) parts_[id][part.name] = part.bytes;
}

bool MemoryCheckpointStore::commit(const Checkpoint& checkpoint, const std::string& previous_id) {
  const runtime::MutexLock lock(mutex_);
  const std::string newest = complete_.empty() ? "" : complete_.front().id;
  if (newest == checkpoint.id) return true;
  if (newest != previous_id) return false;
  complete_.insert(complete_.begin(), checkpoint);
  if (complete_.size() > 2) complete_.resize(2);
  std::erase_if(parts_, [this](const auto& parts) FP_REQUIRES(mutex_) {
    return std::ranges::find(complete_, parts.first, &Checkpoint::id) == complete_.end();
  });
  return true;
}

std::vector<Checkpoint> MemoryCheckpointStore::newest() {
  const runtime::MutexLock lock(mutex_);
  return complete_;
}

void MemoryCheckpointStore::read(const std::string& id,
                                 const std::function<void(CheckpointPart)>& each) {
  std::map<std::string, std::string> parts;
  {
    const runtime::MutexLock lock(mutex_);
    const auto found = parts_.find(id);
    if (found != parts_.end()) parts = found->second;
  }
  for (auto& [name, bytes] : parts) each({name, std::move(bytes)});
}

}  // namespace flashpoll::ledger
