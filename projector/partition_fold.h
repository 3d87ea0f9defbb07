#pragma once

#include <map>
#include <optional>
#include <string>

#include "events/fold.h"
#include "projector/position.h"
#include "projector/project.h"

namespace flashpoll::projector {

/// A row of parked_polls: where the read tables stopped following a poll.
struct Stop {
  ledger::Offset offset = 0;
  std::string type;
  bool operator==(const Stop&) const = default;
};
using Stops = std::map<events::PollId, Stop>;

/// One partition as a projector holds it: the fold, and how far the read tables are. No I/O; one
/// thread.
///
///   0 ────── committed ────── next          `committed`: rows are written below
///     folded           projected            `next`: the record to be read next
///
/// Below the committed position it only catches up. While it does, it stops each poll where the
/// read tables stopped it, even where this build could read on: the rows behind are written by
/// un-parking alone.
class PartitionFold {
 public:
  PartitionFold(ledger::Partition partition, std::uint32_t partitions, const Decoder& decoder)
      : partition_(partition), partitions_(partitions), decoder_(decoder) {}

  /// What the read tables hold now.
  void set_committed(const PartitionMark& committed, Stops stops);

  /// Records come in the order of their offsets, none below `next`.
  void take(const ledger::Record& record);
  /// Passes a record by that is of no interest.
  void skip(const ledger::Record& record) { next_ = record.offset + 1; }

  /// What was projected since the last `cut`, as the step from the committed position to `next`;
  /// from then on that is the committed position. `last`: the record before `next`.
  [[nodiscard]] Step cut(const ledger::Record& last);

  /// Begins anew, from a snapshot whose polls are put into the fold next, or from nothing.
  void restart(ledger::Offset next);
  void put(events::PollId id, events::PollSlot slot) { fold_.put(id, std::move(slot)); }

  /// Whether the fold stopped the same polls at the same records as the read tables.
  [[nodiscard]] bool agrees_on_stops() const;
  /// A parked poll goes on as `slot` says: its row of parked_polls is gone, or moved to another
  /// record. False when it turned out never to have been opened: the fold has to begin anew.
  [[nodiscard]] bool resume(events::PollId id, std::optional<events::PollSlot> slot);

  /// Forgets the voters of polls that were closed before `closed_before`.
  void drop_voters(events::TimeMs closed_before);

  [[nodiscard]] ledger::Partition partition() const { return partition_; }
  [[nodiscard]] ledger::Offset next() const { return next_; }
  [[nodiscard]] const PartitionMark& committed() const { return committed_; }
  [[nodiscard]] bool behind() const { return next_ < committed_.next; }
  [[nodiscard]] bool beyond() const { return next_ > committed_.next; }
  [[nodiscard]] const events::Fold& fold() const { return fold_; }
  [[nodiscard]] const Stops& stops() const { return stops_; }

 private:
  [[nodiscard]] events::Decoded decode(const ledger::Record& record) const;

  ledger::Partition partition_;
  std::uint32_t partitions_;
  const Decoder& decoder_;
  events::Fold fold_;
  Projection projection_;
  ledger::Offset next_ = 0;
  PartitionMark committed_;
  Stops stops_;
};

}  // namespace flashpoll::projector
