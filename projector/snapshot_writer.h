#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "events/snapshot.h"
#include "infra/ledger/checkpoint.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/log.h"
#include "projector/partition_fold.h"
#include "projector/restore.h"

namespace flashpoll::projector {

/// Writes snapshots of all partitions' folds, a piece per `step`, so that projecting goes on in
/// between. One thread. Faults of the store end the snapshot under way and are logged; nothing
/// else depends on it.
class SnapshotWriter {
 public:
  using Folds = std::map<ledger::Partition, PartitionFold>;
  struct Ports {
    ledger::CheckpointStore& checkpoints;
    const runtime::Clock& clock;
    runtime::Log& log;
  };
  /// `name`: of the process, for the writers' lease. `after_records`: a snapshot is begun at the
  /// latest so many records after the one before.
  SnapshotWriter(const Ports& ports, SnapshotOwner owner, std::string name,
                 std::uint64_t after_records);

  /// Between transactions: all folds are at positions that the read tables have reached. True when
  /// this step completed a snapshot.
  bool step(const Folds& folds);

  /// At an orderly stop: writes one if anything was folded since the last, unless it is large or
  /// takes longer than `limit`.
  bool finish(const Folds& folds, std::chrono::milliseconds limit);

  [[nodiscard]] bool active() const { return run_.has_value(); }

 private:
  /// A snapshot under way.
  struct Run {
    std::string previous;
    events::Manifest manifest;
    std::vector<std::pair<ledger::Partition, events::PollId>> polls;  ///< still to be written
    std::deque<events::Chunk> chunks;                                 ///< still to be stored
    events::CatalogueWriter catalogue;
    std::uint64_t covers = 0;  ///< records
  };

  [[nodiscard]] bool guarded_step(const Folds& folds);
  [[nodiscard]] bool lease();
  /// Not if the newest snapshot, perhaps of another process, covers all but fewer records.
  void begin(const Folds& folds, std::uint64_t after_records);
  void encode(const Folds& folds);
  void store();
  [[nodiscard]] bool commit();

  const Ports ports_;
  const SnapshotOwner owner_;
  const std::string name_;
  const std::uint64_t after_records_;
  std::uint64_t covered_ = 0;  ///< records that the newest snapshot covers
  std::int64_t lease_again_ms_ = 0;
  std::optional<Run> run_;
};

}  // namespace flashpoll::projector
