#pragma once

#include <map>
#include <string>

#include "events/fold.h"
#include "projector/position.h"
#include "projector/project.h"

/// One partition as a projector holds it. No I/O; one thread.
namespace flashpoll::projector {

/// A row of parked_polls: where the read tables stopped following a poll.
struct Stop {
  ledger::Offset offset = 0;
  std::string type;
  bool operator==(const Stop&) const = default;
};
using Stops = std::map<events::PollId, Stop>;

/// Folds a partition's records. Below the committed position it only catches up, because the rows
/// are written already; above it, it projects. While it catches up it stops each poll where the
/// read tables stopped it, even if this build could read on: the rows behind are written by
/// un-parking alone.
class PartitionFold {
 public:
  PartitionFold(ledger::Partition partition, const Decoder& decoder, std::uint32_t partitions)
      : partition_(partition), decoder_(decoder), partitions_(partitions) {}

  /// What the read tables hold now.
  void set_committed(const PartitionMark& committed, Stops stops);
  /// Only catches up, or projects too: the caller then has the rows of all that lies above.
  enum class Taken { caught_up, projected };
  /// Records come in the order of their offsets, none below `next`.
  Taken take(const ledger::Record& record);
  /// Takes what was projected since the last call, as a step from the committed position to here.
  /// `last` is the latest record taken.
  [[nodiscard]] Step cut(const ledger::Record& last);

  /// The cut step is written.
  void committed_up_to(const Step& step);

  /// Starts anew from a snapshot, or from nothing.
  void restart(ledger::Offset next, const std::optional<events::LastRecord>& last);

  /// Whether the polls that the fold stopped are those that the read tables stopped.
  [[nodiscard]] bool agrees_with_stops() const;

  [[nodiscard]] ledger::Partition partition() const { return partition_; }
  [[nodiscard]] ledger::Offset next() const { return next_; }
  [[nodiscard]] const PartitionMark& committed() const { return committed_; }
  [[nodiscard]] bool behind() const { return next_ < committed_.next; }
  [[nodiscard]] bool beyond() const { return next_ > committed_.next; }
  [[nodiscard]] events::Fold& fold() { return fold_; }
  [[nodiscard]] const events::Fold& fold() const { return fold_; }
  [[nodiscard]] const Stops& stops() const { return stops_; }
  /// Parked polls of the fold.
  [[nodiscard]] Stops parked() const;

 private:
  [[nodiscard]] events::Decoded decode(const ledger::Record& record) const;

  ledger::Partition partition_;
  const Decoder& decoder_;
  std::uint32_t partitions_;
  events::Fold fold_;
  Projection projection_;
  ledger::Offset next_ = 0;
  PartitionMark committed_;
  Stops stops_;
};

}  // namespace flashpoll::projector
