#pragma once

#include <chrono>
#include <map>
#include <memory>

#include "infra/ledger/ledger.h"
#include "projector/lease.h"
#include "projector/partition_fold.h"

namespace flashpoll::projector {

/// Brings folds up to their committed positions. One thread.
class CatchUp {
 public:
  using Folds = std::map<ledger::Partition, PartitionFold>;

  [[nodiscard]] bool active() const { return tail_ != nullptr; }

  /// Begins to read these partitions from where their folds are.
  void begin(ledger::Ledger& ledger, const Folds& folds, const Partitions& partitions);

  /// Reads once, at most about `max_records`, and folds what lies below the committed positions;
  /// what lies above is left for another read. Ends when all partitions are there.
  void step(Folds& folds, std::size_t max_records, std::chrono::milliseconds wait);

  void stop();

 private:
  std::unique_ptr<ledger::Tail> tail_;
  Partitions partitions_;  ///< still behind
};

}  // namespace flashpoll::projector
