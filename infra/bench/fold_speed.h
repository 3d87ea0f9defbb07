#pragma once

#include "infra/bench/options.h"
#include "infra/bench/report.h"

/// One thread, no I/O: what the pure core costs. Rates are of processor time, so they hold on a
/// machine that does other things, too.
namespace flashpoll::bench {

/// Decoded votes of one poll, each of a new voter, into an empty fold: `rate /s`; `allocations` an
/// event in the second half.
[[nodiscard]] Figures fold_votes(const Options& options);

/// The same voters into an empty flat map with values of 8 bytes: what dedupe alone must cost.
[[nodiscard]] Figures fill_flat_map(const Options& options);

/// Canonical bytes of votes, decoded and folded.
[[nodiscard]] Figures decode_and_fold(const Options& options);

}  // namespace flashpoll::bench
