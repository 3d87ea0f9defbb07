#pragma once

#include <cstdint>

#include "infra/bench/options.h"
#include "infra/bench/sample_votes.h"
#include "infra/bench/site.h"

namespace flashpoll::bench {

/// Polls of a long ledger.
inline constexpr int kLongPolls = 100;
/// From its first record to its last.
inline constexpr std::int64_t kLongMs = 3'600'000;

/// Fills the site's ledger with `options.records` votes in so many polls, which are still open. The
/// time of the first record.
std::int64_t fill_ledger(const Options& options, Site& site,
                         SampleVotes::Voters voters = SampleVotes::Voters::new_ones);

}  // namespace flashpoll::bench
