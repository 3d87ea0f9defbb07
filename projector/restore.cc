#include "projector/restore.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "events/snapshot.h"
#include "infra/crypto/hash.h"

namespace flashpoll::projector {

namespace {

using Slots = std::vector<std::pair<events::PollId, events::PollSlot>>;

struct Snapshot {
  events::Manifest manifest;
  std::map<ledger::Partition, Slots> slots;
};

std::optional<events::Manifest> usable_manifest(const ledger::Checkpoint& checkpoint,
                                                const SnapshotOwner& owner,
                                                events::Problem& problem) {
  auto manifest = events::parse_manifest(checkpoint.manifest, crypto::sha256, problem);
  if (!manifest) return std::nullopt;
  if (manifest->partitions.size() != owner.partitions) problem = "of another partition count";
  if (manifest->key != owner.key) problem = "of another deployment";
  if (!problem.empty()) return std::nullopt;
  return manifest;
}

/// All polls, or nothing and why.
std::optional<Snapshot> read_snapshot(const ledger::Checkpoint& checkpoint,
                                      ledger::CheckpointStore& checkpoints,
                                      const SnapshotOwner& owner, events::Problem& problem) {
  auto manifest = usable_manifest(checkpoint, owner, problem);
  if (!manifest) return std::nullopt;
  Snapshot snapshot{.manifest = *manifest, .slots = {}};
  events::SnapshotReader reader(std::move(*manifest), crypto::sha256,
                                [&](events::PollId id, events::PollSlot slot) {
                                  const auto partition = events::partition_of(id, owner.partitions);
                                  snapshot.slots[partition].emplace_back(id, std::move(slot));
                                });
  checkpoints.read(checkpoint.id, [&](const ledger::CheckpointPart& part) {
    if (problem.empty()) problem = reader.take(part.name, part.bytes);
  });
  if (problem.empty()) problem = reader.finish();
  if (!problem.empty()) return std::nullopt;
  return snapshot;
}

/// Why the snapshot's polls of the partition do not fit the read tables; empty when they do.
std::string misfit(const PartitionFold& fold, const Snapshot& snapshot, const Slots& slots) {
  const ledger::Offset committed = fold.committed().next;
  const auto& position = snapshot.manifest.partitions[fold.partition()];
  if (position.needed_from > committed) return "it is ahead of the read tables";
  for (const auto& [id, slot] : slots) {
    if (slot.from_offset > committed) return "poll " + id.text() + " is ahead of the read tables";
    const auto stop = fold.stops().find(id);
    const bool stopped = stop != fold.stops().end();
    if (slot.parked ? !stopped || stop->second.offset != slot.parked->offset
                    : stopped && stop->second.offset < slot.from_offset) {
      return "poll " + id.text() + " is parked elsewhere";
    }
  }
  return {};
}

void put(PartitionFold& fold, const Snapshot& snapshot, Slots slots) {
  fold.restart(snapshot.manifest.partitions[fold.partition()].needed_from);
  for (auto& [id, slot] : slots) fold.put(id, std::move(slot));
}

}  // namespace

void restore(std::span<PartitionFold* const> folds, ledger::CheckpointStore& checkpoints,
             const SnapshotOwner& owner, runtime::Log& log) {
  std::vector<PartitionFold*> left(folds.begin(), folds.end());
  for (PartitionFold* fold : left) fold->restart(0);
  for (const ledger::Checkpoint& checkpoint : checkpoints.newest()) {
    if (left.empty()) return;
    events::Problem problem;
    auto snapshot = read_snapshot(checkpoint, checkpoints, owner, problem);
    if (!snapshot) {
      log.warning("projector", "a snapshot is not used",
                  {{"snapshot", checkpoint.id}, {"why", problem}});
      continue;
    }
    std::erase_if(left, [&](PartitionFold* fold) {
      Slots& slots = snapshot->slots[fold->partition()];
      const std::string why = misfit(*fold, *snapshot, slots);
      if (why.empty()) {
        put(*fold, *snapshot, std::move(slots));
      } else {
        log.info("projector", "a snapshot does not fit a partition",
                 {{"snapshot", checkpoint.id}, {"partition", fold->partition()}, {"why", why}});
      }
      return why.empty();
    });
  }
}

}  // namespace flashpoll::projector
