#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Where snapshots are kept: opaque parts under a manifest. Implemented on PostgreSQL (schema
/// `checkpoints`) and in memory; one contract suite for both.
namespace flashpoll::ledger {

struct CheckpointPart {
  std::string name;   ///< unique within a checkpoint, at most 64 bytes
  std::string bytes;  ///< at most 1 MiB
};

struct Checkpoint {
  std::string id;  ///< random, 32 hexadecimal digits
  std::string
      manifest;  ///< opaque, at most 1 MiB; written last, its presence makes the parts valid
};

class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;

  /// Takes or renews the writer's lease for `holder` (a random name of the process) until `ttl_ms`
  /// from now by the store's clock. False while another holder has it.
  [[nodiscard]] virtual bool lease(const std::string& holder, std::int64_t ttl_ms) = 0;

  /// Stores parts under a checkpoint id that has no manifest yet; invisible to `newest` so far.
  virtual void put(const std::string& id, const std::vector<CheckpointPart>& parts) = 0;

  /// Makes `checkpoint` the newest and deletes all but it and the one before, in one transaction.
  /// False, and nothing changed, when the newest is not `previous_id` (empty: none) any more.
  [[nodiscard]] virtual bool commit(const Checkpoint& checkpoint,
                                    const std::string& previous_id) = 0;

  /// The complete checkpoints, newest first (at most two).
  [[nodiscard]] virtual std::vector<Checkpoint> newest() = 0;

  /// Reads the parts of a checkpoint in the order of their names, one at a time.
  virtual void read(const std::string& id, const std::function<void(CheckpointPart)>& each) = 0;
};

}  // namespace flashpoll::ledger
