#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "infra/ledger/checkpoint.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::ledger {

/// Checkpoints that go with the process. Any thread.
class MemoryCheckpointStore final : public CheckpointStore {
 public:
  explicit MemoryCheckpointStore(const runtime::Clock& clock) : clock_(clock) {}

  [[nodiscard]] bool lease(const std::string& holder, std::int64_t ttl_ms) override
      FP_EXCLUDES(mutex_);
  void put(const std::string& id, const std::vector<CheckpointPart>& parts) override
      FP_EXCLUDES(mutex_);
  [[nodiscard]] bool commit(const Checkpoint& checkpoint, const std::string& previous_id) override
      FP_EXCLUDES(mutex_);
  [[nodiscard]] std::vector<Checkpoint> newest() override FP_EXCLUDES(mutex_);
  void read(const std::string& id, const std::function<void(CheckpointPart)>& each) override
      FP_EXCLUDES(mutex_);

 private:
  const runtime::Clock& clock_;
  runtime::Mutex mutex_;
  std::string holder_ FP_GUARDED_BY(mutex_);
  std::int64_t until_ms_ FP_GUARDED_BY(mutex_) = 0;
  std::vector<Checkpoint> complete_ FP_GUARDED_BY(mutex_);  ///< newest first
  std::map<std::string, std::map<std::string, std::string>> parts_ FP_GUARDED_BY(mutex_);
};

}  // namespace flashpoll::ledger
