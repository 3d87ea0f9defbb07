#pragma once

#include "infra/bench/options.h"
#include "infra/bench/site.h"

namespace flashpoll::bench {

/// Polls of a long ledger.
inline constexpr int kLongPolls = 100;

/// Fills the site's ledger with `options.records` votes in so many polls.
void fill_ledger(const Options& options, Site& site);

}  // namespace flashpoll::bench
