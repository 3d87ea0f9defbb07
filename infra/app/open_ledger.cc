#include "infra/app/open_ledger.h"

#include <span>

#include "infra/ledger/postgres_ledger.h"
#include "infra/pg/migrate.h"
#include "infra/runtime/fault.h"
#include "projector/read_schema.h"

namespace flashpoll::schemas {
std::span<const pg::SqlObject> checkpoint_objects();
}  // namespace flashpoll::schemas

namespace flashpoll::app {

pg::Target database_of(const Settings& settings, const char* application) {
  return {settings.database, std::string("flashpoll ") + application};
}

void migrate_database(const Settings& settings) try {
  const pg::Target target = database_of(settings, "migrate");
  pg::migrate(target, schemas::checkpoint_objects());
  projector::prepare_read_tables(target, settings.partitions);
} catch (const Misconfigured& fault) {
  throw Corrupt(std::string("the ledger is refused: ") + fault.what());
}

std::unique_ptr<ledger::Ledger> open_ledger(const Settings& settings, Create create,
                                            runtime::Log& log) {
  try {
    const pg::Target target = database_of(settings, "ledger");
    if (create == Create::yes) ledger::create_postgres_ledger(target, settings.partitions);
    return std::make_unique<ledger::PostgresLedger>(target, settings.partitions, log);
  } catch (const Misconfigured& fault) {
    throw Corrupt(std::string("the ledger is refused: ") + fault.what());
  }
}

}  // namespace flashpoll::app
