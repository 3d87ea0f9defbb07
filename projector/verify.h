#pragma once

#include <optional>

#include "projector/compare.h"
#include "projector/refold.h"

namespace flashpoll::projector {

struct Verified {
  Differences differences;
  std::uint64_t records = 0;  ///< refolded
  std::uint64_t entries = 0;  ///< compared; with Depth::counts none
  /// False: a rebuild replaces what another version made, which cannot be compared.
  bool compared = true;
};

/// How much is compared.
enum class Depth : std::uint8_t {
  rows,    ///< all that is stored
  counts,  ///< all but entries and history, of which only the last numbers are looked at
};

/// Folds the ledger, or one poll of it, from 0, ignoring snapshots, and compares with the read
/// tables up to the committed positions: of all polls first what entries and history add up to,
/// then, when that differs, row by row. Projectors go on meanwhile; at the end they wait for the
/// comparison of polls and results. Throws Corrupt when the ledger is shorter
/// than, or another one than, what was folded; Unavailable, also while another verify or rebuild is
/// under way; Misconfigured when another version made the read tables.
[[nodiscard]] Verified verify(const RefoldSource& source, std::optional<events::PollId> poll = {},
                              Depth depth = Depth::rows);

}  // namespace flashpoll::projector
