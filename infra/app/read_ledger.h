#pragma once

#include <functional>
#include <vector>

#include "infra/ledger/ledger.h"

namespace flashpoll::app {

/// How long a ledger may take to answer before it counts as unreachable.
inline constexpr std::chrono::milliseconds kLedgerWait{10'000};

/// Hands over the records from `starts` up to the ends of these partitions as of the call, in order
/// within each partition, until `take` gives false. Throws Unavailable, Corrupt, and what `take`
/// throws.
void read_to_end(ledger::Ledger& ledger, const std::vector<ledger::Start>& starts,
                 const std::function<bool(const ledger::Record&)>& take);

/// The same up to these ends, one per partition of the ledger, which the ledger gave before.
void read_up_to(ledger::Ledger& ledger, const std::vector<ledger::Offset>& ends,
                const std::vector<ledger::Start>& starts,
                const std::function<bool(const ledger::Record&)>& take);

}  // namespace flashpoll::app
