#include "projector/snapshot_writer.h"

#include <algorithm>
#include <utility>

#include "infra/crypto/encoding.h"
#include "infra/crypto/hash.h"
#include "infra/runtime/fault.h"

namespace flashpoll::projector {

namespace {

constexpr std::int64_t kLeaseMs = 15'000;
constexpr std::int64_t kLeaseEveryMs = 5'000;
/// Stored per step: a few milliseconds.
constexpr std::size_t kStepBytes = 1 << 20;
constexpr std::size_t kLargePolls = 10'000;
constexpr std::size_t kLargeVoters = 500'000;

std::uint64_t records_of(const SnapshotWriter::Folds& folds) {
  std::uint64_t records = 0;
  for (const auto& [partition, fold] : folds) records += static_cast<std::uint64_t>(fold.next());
  return records;
}

std::uint64_t records_of(const events::Manifest& manifest) {
  std::uint64_t records = 0;
  for (const auto& position : manifest.partitions) {
    records += static_cast<std::uint64_t>(position.needed_from);
  }
  return records;
}

bool is_large(const SnapshotWriter::Folds& folds) {
  std::size_t polls = 0;
  std::size_t voters = 0;
  for (const auto& [partition, fold] : folds) {
    polls += fold.fold().size();
    fold.fold().each([&](events::PollId, const events::PollSlot& slot) {
      if (slot.poll) voters += slot.poll->voters.size();
    });
  }
  return polls > kLargePolls || voters > kLargeVoters;
}

std::string random_id() { return crypto::hex_encode(crypto::as_text(crypto::random_bytes<16>())); }

}  // namespace

SnapshotWriter::SnapshotWriter(const Ports& ports, SnapshotOwner owner, std::string name,
                               std::uint64_t after_records)
    : ports_(ports), owner_(owner), name_(std::move(name)), after_records_(after_records) {}

bool SnapshotWriter::step(const Folds& folds) {
  try {
    return guarded_step(folds);
  } catch (const std::runtime_error& fault) {
    run_.reset();
    ports_.log.warning("projector", "a snapshot was given up", {{"why", fault.what()}});
    return false;
  }
}

bool SnapshotWriter::guarded_step(const Folds& folds) {
  if (!run_) {
    if (records_of(folds) < covered_ + after_records_ || !lease()) return false;
    begin(folds, after_records_);
    return false;
  }
  if (!lease()) {
    run_.reset();
    return false;
  }
  // A fold that began anew is of no use before it is back where the snapshot needs it.
  for (const auto& [partition, fold] : folds) {
    if (fold.next() < run_->manifest.partitions[partition].needed_from) return false;
  }
  if (run_->chunks.empty()) encode(folds);
  store();
  return run_->polls.empty() && run_->chunks.empty() && commit();
}

/// Asked for, and renewed, every few seconds.
bool SnapshotWriter::lease() {
  const std::int64_t now = ports_.clock.monotonic_ms();
  if (run_ && now < lease_again_ms_) return true;
  if (!run_ && now < lease_again_ms_) return false;
  lease_again_ms_ = now + kLeaseEveryMs;
  return ports_.checkpoints.lease(name_, kLeaseMs);
}

void SnapshotWriter::begin(const Folds& folds, std::uint64_t after_records) {
  std::string previous;
  const auto newest = ports_.checkpoints.newest();
  if (!newest.empty()) {
    previous = newest.front().id;
    events::Problem problem;
    const auto manifest = events::parse_manifest(newest.front().manifest, crypto::sha256, problem);
    covered_ = manifest && manifest->key == owner_.key ? records_of(*manifest) : 0;
    if (records_of(folds) < covered_ + after_records) return;  // another process was quicker
  }
  for (const auto& [partition, fold] : folds) {
    if (fold.behind() || fold.beyond()) return;
  }
  Run run{.previous = previous,
          .manifest = {.id = random_id(),
                       .reader = owner_.reader,
                       .key = owner_.key,
                       .partitions = {},
                       .catalogue = {}},
          .polls = {},
          .chunks = {},
          .catalogue = events::CatalogueWriter(crypto::sha256),
          .covers = records_of(folds)};
  for (const auto& [partition, fold] : folds) {
    run.manifest.partitions.push_back({.needed_from = fold.next(), .last = fold.committed().last});
    fold.fold().each([&, p = partition](events::PollId poll, const events::PollSlot&) {
      run.polls.emplace_back(p, poll);
    });
  }
  run_.emplace(std::move(run));
}

/// A poll's chunks are made at once, so that no record comes between them.
void SnapshotWriter::encode(const Folds& folds) {
  std::size_t bytes = 0;
  while (bytes < kStepBytes && !run_->polls.empty()) {
    const auto [partition, poll] = run_->polls.back();
    run_->polls.pop_back();
    const PartitionFold& fold = folds.at(partition);
    const events::PollSlot* slot = fold.fold().slot(poll);
    if (slot == nullptr) throw Unavailable("a fold began anew and has lost a poll");
    events::PollWriter writer(poll, *slot, fold.next());
    while (auto chunk = writer.next()) {
      bytes += chunk->bytes.size();
      run_->catalogue.add(*chunk);
      run_->chunks.push_back(std::move(*chunk));
    }
  }
}

void SnapshotWriter::store() {
  std::vector<ledger::CheckpointPart> parts;
  for (std::size_t bytes = 0; bytes < kStepBytes && !run_->chunks.empty();) {
    events::Chunk& chunk = run_->chunks.front();
    bytes += chunk.bytes.size();
    parts.push_back({std::move(chunk.name), std::move(chunk.bytes)});
    run_->chunks.pop_front();
  }
  if (!parts.empty()) ports_.checkpoints.put(run_->manifest.id, parts);
}

bool SnapshotWriter::commit() {
  Run run = std::move(*run_);
  run_.reset();
  auto [chunks, entries] = std::move(run.catalogue).finish();
  for (events::Chunk& chunk : chunks) {
    ports_.checkpoints.put(run.manifest.id, {{std::move(chunk.name), std::move(chunk.bytes)}});
  }
  run.manifest.catalogue = std::move(entries);
  const ledger::Checkpoint checkpoint{
      .id = run.manifest.id, .manifest = events::write_manifest(run.manifest, crypto::sha256)};
  if (!ports_.checkpoints.commit(checkpoint, run.previous)) {
    throw Unavailable("another process wrote one meanwhile");
  }
  covered_ = run.covers;
  ports_.log.info("projector", "a snapshot is written",
                  {{"snapshot", run.manifest.id}, {"records", run.covers}});
  return true;
}

bool SnapshotWriter::finish(const Folds& folds, std::chrono::milliseconds limit) {
  if (records_of(folds) <= covered_ || is_large(folds)) return false;
  const std::int64_t until = ports_.clock.monotonic_ms() + limit.count();
  try {
    lease_again_ms_ = 0;
    if (!run_ && lease()) begin(folds, 1);
    while (run_ && ports_.clock.monotonic_ms() < until) {
      if (guarded_step(folds)) return true;
    }
  } catch (const std::runtime_error& fault) {
    ports_.log.warning("projector", "the last snapshot was given up", {{"why", fault.what()}});
  }
  run_.reset();
  return false;
}

}  // namespace flashpoll::projector
