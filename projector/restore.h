#pragma once

#include <span>

#include "infra/ledger/checkpoint.h"
#include "infra/runtime/log.h"
#include "projector/partition_fold.h"

namespace flashpoll::projector {

/// Whose snapshots are usable.
struct SnapshotOwner {
  std::uint32_t partitions = 0;
  events::KeyFingerprint key{};  ///< of the deployment's secret
  int reader = events::kReaderVersion;
};

/// Starts each fold, whose committed position is set, from the newest snapshot that is whole, of
/// this deployment, read by this build, and of whose polls in that partition none lies beyond the
/// committed position nor was followed further than the read tables did. A fold without one starts
/// from 0. What is not used is logged. Throws Unavailable.
void restore(std::span<PartitionFold* const> folds, ledger::CheckpointStore& checkpoints,
             const SnapshotOwner& owner, runtime::Log& log);

}  // namespace flashpoll::projector
