#pragma once

#include "infra/ledger/ledger.h"
#include "infra/pg/connection.h"

namespace flashpoll::ledger {

/// Refuses a server that could lose what it has acknowledged, a standby, unlogged tables, and a
/// ledger with another number of partitions. Throws Misconfigured, naming the setting.
void check_postgres_ledger(pg::Connection& connection, Partition partitions);

}  // namespace flashpoll::ledger
