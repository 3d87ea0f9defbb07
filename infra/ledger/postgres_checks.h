#pragma once

#include "infra/ledger/ledger.h"
#include "infra/pg/connection.h"
#include "infra/runtime/finding.h"

namespace flashpoll::ledger {

/// Looks at all that durability and the readers' order rest on: a server that could lose what it
/// has acknowledged, a standby, unlogged tables, and another number of partitions fail. What fails
/// names the setting. Throws Unavailable.
[[nodiscard]] runtime::Findings look_at_postgres_ledger(pg::Connection& connection,
                                                        Partition partitions);

}  // namespace flashpoll::ledger
