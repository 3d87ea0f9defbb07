#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "projector/catch_up.h"
#include "projector/lease.h"
#include "projector/metrics.h"
#include "projector/partition_fold.h"
#include "projector/ports.h"
#include "projector/snapshot_writer.h"
#include "projector/writers.h"

namespace flashpoll::projector {

/// Folds all partitions: writes the rows of those it is granted, and follows the others up to what
/// their projector has committed, so that it can take over at once.
///
///   granted ─▶ candidate: position read, folded up to it, parked polls agree ─▶ owned: read,
///   fold, project, write
///
/// One thread, beside those that write rows by several connections at once. A round that throws
/// Unavailable is begun again later: rows that were not written are kept and written first, whether
/// or not the server had committed them in fact.
class Worker {
 public:
  Worker(const ProjectorPorts& ports, ProjectorSettings settings);

  /// Once, before the first round: reads positions, compares the ledger with them, restores
  /// snapshots. Throws Corrupt when the ledger is shorter than, or another one than, what was
  /// folded, Unavailable.
  void start();

  /// One round. Waits at most `wait` for records. False when there was nothing that it could have
  /// waited for: the caller waits.
  bool round(const Partitions& granted, std::chrono::milliseconds wait);

  /// At an orderly stop, after the last round.
  void finish(std::chrono::milliseconds limit);

  /// After a fault: the next round makes a new connection.
  void disconnect() { writers_.disconnect(); }

  /// Partitions that are being written.
  [[nodiscard]] Partitions owned() const;
  /// Why it cannot project; empty when it can.
  [[nodiscard]] const std::string& stands_by() const { return stands_by_; }
  [[nodiscard]] const std::map<ledger::Partition, PartitionFold>& folds() const { return folds_; }
  /// Whether all that was folded is written.
  [[nodiscard]] bool clean() const { return writers_.clean(); }

 private:
  void adopt(const Partitions& granted);
  void leave(const Partitions& partitions);
  void prepare(const Partitions& fresh);
  [[nodiscard]] bool settle(PartitionFold& fold);
  void resume_polls(PartitionFold& fold);

  void project(std::chrono::milliseconds wait);
  [[nodiscard]] bool is_much(std::size_t records) const;
  std::size_t read_owned(std::chrono::milliseconds wait);
  void write();
  void resynchronise();

  void follow(std::chrono::milliseconds wait);
  void synchronise(PartitionFold& fold, const StoredPosition& stored, Stops stops);
  [[nodiscard]] Partitions behind() const;
  void forget_voters();

  const ProjectorPorts ports_;
  const ProjectorSettings settings_;
  const SnapshotOwner owner_;
  ProjectorMetrics metrics_;
  Writers writers_;
  std::map<ledger::Partition, PartitionFold> folds_;
  Partitions candidates_;  ///< granted; not owned before the fold has caught up
  Partitions owned_;
  std::unique_ptr<ledger::Tail> tail_;  ///< of the owned partitions
  CatchUp catch_up_;
  std::int64_t follow_again_ms_ = 0;
  SnapshotWriter snapshots_;
  std::int64_t write_again_ms_ = 0;
  std::int64_t forget_again_ms_ = 0;
  std::string stands_by_;
};

}  // namespace flashpoll::projector
