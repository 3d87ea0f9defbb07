#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "events/codec.h"
#include "events/snapshot.h"
#include "infra/ledger/ledger.h"
#include "projector/rows.h"

/// How far a partition is folded, and what one transaction moves it by.
namespace flashpoll::projector {

/// Reads one record. Replaced in tests by a build that knows fewer types.
using Decoder =
    std::function<events::Decoded(const events::RecordView&, std::uint32_t partition_count)>;

/// A row of `positions`.
struct PartitionMark {
  ledger::Offset next = 0;                 ///< records below are folded
  std::optional<events::LastRecord> last;  ///< the last of them
  bool operator==(const PartitionMark&) const = default;
};

struct StoredPosition {
  PartitionMark mark;
  int reader = 0;
};

/// What one partition contributes to a transaction.
struct Step {
  ledger::Partition partition = 0;
  PartitionMark from;
  PartitionMark to;
  RowChanges rows;
  std::vector<events::PollId> unparked;  ///< rows of parked_polls that go
};

}  // namespace flashpoll::projector
