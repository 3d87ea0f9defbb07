#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "infra/ledger/ledger.h"

namespace flashpoll::ledger {

/// SHA-256 over a record's place, time, key and value.
using RecordDigest = std::array<std::uint8_t, 32>;
[[nodiscard]] RecordDigest record_digest(const Record& record);

/// Throws Corrupt when the ledger does not hold, at that place, the record that was read there
/// before: it is shorter than, or different from, what was folded. Throws Unavailable after `wait`.
void check_holds(Ledger& ledger, Partition partition, Offset offset, const RecordDigest& digest,
                 std::chrono::milliseconds wait);

}  // namespace flashpoll::ledger
