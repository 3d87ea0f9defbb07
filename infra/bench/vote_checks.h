#pragma once

#include <cstdint>

#include "infra/bench/report.h"
#include "infra/bench/site.h"

namespace flashpoll::bench {

/// Only votes found in the ledger count: throws std::runtime_error when it holds fewer than were
/// answered 201. Then a projector brings the read tables to the ledger's end, and `verify` has to
/// find no difference. Notes both as facts. Nobody votes any more. `before`: votes that the ledger
/// held already.
void check_votes(Report& report, Site& site, std::uint64_t answered, std::uint64_t before = 0);

}  // namespace flashpoll::bench
