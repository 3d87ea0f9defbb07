#include "infra/app/open_ledger.h"

#include <span>

#include "infra/ledger/deployment.h"
#include "infra/ledger/kafka_ledger.h"
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

namespace {

constexpr std::chrono::milliseconds kAskWithin{5'000};

/// How the deployment notes which ledger it was begun on.
std::string identity(const Settings& settings, const ledger::Ledger& ledger) {
  const auto* kafka = dynamic_cast<const ledger::KafkaLedger*>(&ledger);
  if (kafka == nullptr) return "postgres";
  return "kafka, topic " + settings.kafka.topic + " of cluster " + kafka->cluster_id(kAskWithin);
}

/// A database that was never migrated has no table yet.
std::optional<std::string> stored_ledger(const pg::Target& target) {
  pg::Connection connection(target);
  return ledger::find_deployment_value(connection, "ledger");
}

/// Positions and read tables of this database belong to one ledger. Only a start notes which.
void check_identity(const Settings& settings, const ledger::Ledger& ledger, Create create) {
  const std::string ours = identity(settings, ledger);
  const pg::Target database = database_of(settings, "start");
  const std::string stored = create == Create::yes
                                 ? ledger::deployment_value(database, "ledger", ours)
                                 : stored_ledger(database).value_or(ours);
  if (stored == ours) return;
  throw Misconfigured("ledger: this database was begun on another ledger (" + stored +
                      "), the settings name " + ours +
                      "; set ledger and kafka_topic to that one, or database to a new one");
}

void create_ledger(const Settings& settings, runtime::Log& log) {
  if (settings.ledger == LedgerKind::kafka) {
    ledger::create_kafka_ledger(settings.kafka, settings.partitions, settings.kafka_copies, log);
  } else {
    ledger::create_postgres_ledger(database_of(settings, "migrate"), settings.partitions);
  }
}

std::unique_ptr<ledger::Ledger> make_ledger(const Settings& settings, runtime::Log& log,
                                            Appends appends) {
  if (settings.ledger == LedgerKind::kafka) {
    ledger::KafkaLedgerLimits limits;
    limits.exactly_once = appends == Appends::imported;
    return std::make_unique<ledger::KafkaLedger>(settings.kafka, settings.partitions, log, limits);
  }
  return std::make_unique<ledger::PostgresLedger>(database_of(settings, "ledger"),
                                                  settings.partitions, log);
}

}  // namespace

void migrate_database(const Settings& settings) try {
  const pg::Target target = database_of(settings, "migrate");
  pg::migrate(target, schemas::checkpoint_objects());
  projector::prepare_read_tables(target, settings.partitions);
} catch (const Misconfigured& fault) {
  throw Corrupt(std::string("the ledger is refused: ") + fault.what());
}

std::unique_ptr<ledger::Ledger> open_ledger(const Settings& settings, Create create,
                                            runtime::Log& log, Appends appends) {
  try {
    if (create == Create::yes) create_ledger(settings, log);
    auto ledger = make_ledger(settings, log, appends);
    check_identity(settings, *ledger, create);
    return ledger;
  } catch (const Misconfigured& fault) {
    throw Corrupt(std::string("the ledger is refused: ") + fault.what());
  }
}

}  // namespace flashpoll::app
