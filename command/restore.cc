#include "command/restore.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "events/snapshot.h"
#include "infra/crypto/hash.h"
#include "infra/ledger/digest.h"

namespace flashpoll::command {

namespace {

constexpr std::chrono::milliseconds kReadWait{5'000};

using Slots = std::vector<std::pair<PollId, events::PollSlot>>;

std::optional<events::Manifest> usable_manifest(const ledger::Checkpoint& checkpoint,
                                                ledger::Partition partitions,
                                                const events::KeyFingerprint& key,
                                                events::Problem& problem) {
  auto manifest = events::parse_manifest(checkpoint.manifest, crypto::sha256, problem);
  if (!manifest) return std::nullopt;
  if (manifest->partitions.size() != partitions) problem = "of another number of partitions";
  if (manifest->key != key) problem = "of another deployment";
  if (!problem.empty()) return std::nullopt;
  return manifest;
}

/// All polls, or nothing and why.
std::optional<Slots> read_slots(ledger::CheckpointStore& checkpoints, const std::string& id,
                                const events::Manifest& manifest, events::Problem& problem) {
  Slots slots;
  events::SnapshotReader reader(
      manifest, crypto::sha256,
      [&slots](PollId poll, events::PollSlot slot) { slots.emplace_back(poll, std::move(slot)); });
  checkpoints.read(id, [&](const ledger::CheckpointPart& part) {
    if (problem.empty()) problem = reader.take(part.name, part.bytes);
  });
  if (problem.empty()) problem = reader.finish();
  if (!problem.empty()) return std::nullopt;
  return slots;
}

/// A poll that stopped at a record which this build can read goes on from there.
void unpark(events::PollSlot& slot, ledger::Start& start) {
  if (!slot.parked || !slot.poll || !events::parse_type(slot.parked->type)) return;
  slot.from_offset = slot.parked->offset;
  slot.parked.reset();
  start.offset = std::min(start.offset, slot.from_offset);
}

std::vector<ledger::Start> put(Desk& desk, const events::Manifest& manifest, Slots slots) {
  std::vector<ledger::Start> starts;
  for (ledger::Partition p = 0; p < manifest.partitions.size(); ++p) {
    starts.push_back({p, manifest.partitions[p].needed_from});
  }
  for (auto& [poll, slot] : slots) {
    unpark(slot, starts[events::partition_of(poll, desk.partitions())]);
    desk.restore(poll, std::move(slot));
  }
  for (const ledger::Start& start : starts) desk.start_at(start.partition, start.offset);
  return starts;
}

}  // namespace

std::vector<ledger::Start> restore(Desk& desk, ledger::CheckpointStore& checkpoints,
                                   ledger::Ledger& ledger, const events::KeyFingerprint& key,
                                   runtime::Log& log) {
  for (const ledger::Checkpoint& checkpoint : checkpoints.newest()) {
    events::Problem problem;
    const auto manifest = usable_manifest(checkpoint, ledger.partitions(), key, problem);
    std::optional<Slots> slots;
    if (manifest) slots = read_slots(checkpoints, checkpoint.id, *manifest, problem);
    if (!slots) {
      log.warning("desk", "a snapshot is not used",
                  {{"snapshot", checkpoint.id}, {"why", problem}});
      continue;
    }
    for (ledger::Partition p = 0; p < ledger.partitions(); ++p) {
      const auto& last = manifest->partitions[p].last;
      if (last) ledger::check_holds(ledger, p, last->offset, last->digest, kReadWait);
    }
    return put(desk, *manifest, std::move(*slots));
  }
  std::vector<ledger::Start> starts;
  for (ledger::Partition p = 0; p < ledger.partitions(); ++p) starts.push_back({p, 0});
  return starts;
}

}  // namespace flashpoll::command
