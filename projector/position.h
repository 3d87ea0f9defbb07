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

/// SHA-256 over a record's place, time, key and value: what a position remembers of the last
/// record, to see at a start that the ledger still holds it.
[[nodiscard]] events::SnapshotDigest record_digest(const ledger::Record& record);
[[nodiscard]] events::SnapshotDigest record_digest(const ledger::OwnedRecord& record);

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

/// Throws Corrupt when the ledger does not hold the record that `mark` names as the last one: it is
/// shorter than, or another one than, what was folded. Throws Unavailable when it does not answer.
void check_ledger_holds(ledger::Ledger& ledger, ledger::Partition partition,
                        const PartitionMark& mark);

}  // namespace flashpoll::projector
