#pragma once

#include "infra/bench/options.h"
#include "infra/bench/report.h"
#include "infra/bench/site.h"

namespace flashpoll::bench {

/// Rows as the projector writes for votes, by COPY into a table with the columns and indexes of
/// poll_events, 10 000 in a transaction, from rows that are made before: `rate /s`, `storage cpu
/// us`. The read tables must be there.
[[nodiscard]] Figures copy_vote_rows(const Options& options, Site& site, int polls);

}  // namespace flashpoll::bench
