#pragma once

#include <memory>

#include "infra/app/settings.h"
#include "infra/ledger/ledger.h"
#include "infra/pg/target.h"
#include "infra/runtime/log.h"

namespace flashpoll::app {

enum class Create : std::uint8_t {
  no,   ///< a ledger that does not exist is refused
  yes,  ///< made where it is missing
};

/// What is appended to it.
enum class Appends : std::uint8_t {
  served,    ///< what clients do; what is in doubt may come twice, and is judged when it is read
  imported,  ///< a history, each record once: a ledger that cannot promise that says in doubt
};

/// The connection of this process to the database, named for pg_stat_activity.
[[nodiscard]] pg::Target database_of(const Settings& settings, const char* application);

/// The ledger that the settings name, after all checks. Throws Corrupt when it is refused (its
/// server could lose what it acknowledged, it has another number of partitions, or the database was
/// begun on another ledger), Unavailable.
[[nodiscard]] std::unique_ptr<ledger::Ledger> open_ledger(const Settings& settings, Create create,
                                                          runtime::Log& log,
                                                          Appends appends = Appends::served);

/// Applies the migrations of what every role needs, whatever the ledger: checkpoints and read
/// tables. Any number of processes at once. Throws Corrupt when the read tables were folded from a
/// ledger of another number of partitions, Unavailable.
void migrate_database(const Settings& settings);

}  // namespace flashpoll::app
