#pragma once

#include <optional>
#include <vector>

#include "infra/ledger/ledger.h"
#include "projector/partition_fold.h"

namespace flashpoll::projector {

/// The polls among those that the read tables stopped whose record this build can read. Throws
/// Unavailable, and Corrupt when the ledger no longer holds such a record.
[[nodiscard]] std::vector<events::PollId> readable_stops(const PartitionFold& fold,
                                                         ledger::Ledger& ledger,
                                                         const Decoder& decoder);

/// A parked poll, folded on from the record that stopped it up to the committed position.
struct Resumed {
  Step step;  ///< its rows; the position stays, so its guard asserts that nothing moved meanwhile
  /// Empty when the poll was not opened after all: what stopped it has become a stray.
  std::optional<events::PollSlot> slot;
};

/// `fold` is at its committed position and is not changed. Throws as `ledger::Tail::read`.
[[nodiscard]] Resumed resume_poll(const PartitionFold& fold, events::PollId poll,
                                  ledger::Ledger& ledger, const Decoder& decoder);

}  // namespace flashpoll::projector
