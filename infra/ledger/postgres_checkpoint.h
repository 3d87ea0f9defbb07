#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infra/ledger/checkpoint.h"
#include "infra/pg/connection.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::ledger {

/// Checkpoints in the schema `checkpoints`, which must be migrated. Every call throws Unavailable
/// when PostgreSQL is away, and may then be repeated: `put` and `commit` of the same checkpoint
/// again are harmless. Any thread, one call after the other.
class PostgresCheckpointStore final : public CheckpointStore {
 public:
  explicit PostgresCheckpointStore(pg::Target target) : target_(std::move(target)) {}

  [[nodiscard]] bool lease(const std::string& holder, std::int64_t ttl_ms) override
      FP_EXCLUDES(mutex_);
  void put(const std::string& id, const std::vector<CheckpointPart>& parts) override
      FP_EXCLUDES(mutex_);
  [[nodiscard]] bool commit(const Checkpoint& checkpoint, const std::string& previous_id) override
      FP_EXCLUDES(mutex_);
  [[nodiscard]] std::vector<Checkpoint> newest() override FP_EXCLUDES(mutex_);
  /// On a connection of its own: several may read at once. Fetches ahead of `each`.
  void read(const std::string& id, const std::function<void(CheckpointPart)>& each) override;

 private:
  pg::Connection& connection() FP_REQUIRES(mutex_);

  const pg::Target target_;
  runtime::Mutex mutex_;
  std::optional<pg::Connection> connection_ FP_GUARDED_BY(mutex_);
};

}  // namespace flashpoll::ledger
