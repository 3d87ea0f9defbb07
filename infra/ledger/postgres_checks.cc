#include "infra/ledger/postgres_checks.h"

#include <string>

#include "infra/runtime/fault.h"

namespace flashpoll::ledger {
namespace {

void check_server(pg::Connection& connection) {
  for (const std::string setting : {"fsync", "full_page_writes"}) {
    if (connection.exec("SHOW " + setting).bytes(0, 0) != "on") {
      throw Misconfigured(
          "PostgreSQL: " + setting +
          " is off, a power cut would lose records; set it to on in postgresql.conf");
    }
  }
  if (connection.exec("SELECT pg_is_in_recovery()").bytes(0, 0) != "f") {
    throw Misconfigured("database: this PostgreSQL is a standby, the ledger needs the primary");
  }
}

void check_tables(pg::Connection& connection) {
  const pg::Result tables = connection.exec(
      "SELECT relname, relpersistence FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
      "WHERE nspname = 'ledger' AND relname IN ('heads', 'segments', 'writers')");
  if (tables.rows() != 3) throw Misconfigured("database: it holds no ledger");
  for (int row = 0; row < tables.rows(); ++row) {
    if (tables.bytes(row, 1) == "p") continue;
    const std::string table = "ledger." + std::string(tables.bytes(row, 0));
    throw Misconfigured("database: the table " + table +
                        " is UNLOGGED, a crash would empty it; ALTER TABLE " + table +
                        " SET LOGGED");
  }
}

void check_partitions(pg::Connection& connection, Partition partitions) {
  const pg::Result heads =
      connection.exec("SELECT count(*), coalesce(max(partition), -1) + 1 FROM ledger.heads");
  const std::int64_t stored = heads.integer(0, 0);
  if (stored != heads.integer(0, 1)) {
    throw Corrupt("ledger: a row of ledger.heads is missing");
  }
  if (stored != partitions) {
    throw Misconfigured("partitions: the ledger was created with " + std::to_string(stored) +
                        ", the setting says " + std::to_string(partitions));
  }
}

}  // namespace

void check_postgres_ledger(pg::Connection& connection, Partition partitions) {
  check_server(connection);
  check_tables(connection);
  check_partitions(connection, partitions);
}

}  // namespace flashpoll::ledger
