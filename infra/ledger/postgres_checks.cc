#include "infra/ledger/postgres_checks.h"

#include <string>

namespace flashpoll::ledger {
namespace {

using runtime::Finding;
using runtime::Findings;
using State = Finding::State;

Finding look_at_setting(pg::Connection& connection, const std::string& name) {
  const std::string value(connection.exec("SHOW " + name).bytes(0, 0));
  if (value == "on") return {name, State::ok, "on"};
  return {name, State::fail,
          "PostgreSQL: " + name + " is " + value + ", a power cut would lose records",
          "set it to on in postgresql.conf"};
}

Finding look_at_role(pg::Connection& connection) {
  if (connection.exec("SELECT pg_is_in_recovery()").bytes(0, 0) == "f") {
    return {"primary", State::ok, "the server takes writes"};
  }
  return {"primary", State::fail, "database: this PostgreSQL is a standby",
          "set database to the primary, which the ledger needs"};
}

/// Whether there is a ledger, and each of its tables that a crash would empty.
Findings look_at_tables(pg::Connection& connection) {
  const pg::Result tables = connection.exec(
      "SELECT relname, relpersistence FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
      "WHERE nspname = 'ledger' AND relname IN ('heads', 'segments', 'writers')");
  if (tables.rows() != 3) {
    return {{"created", State::fail, "database: it holds no ledger",
             "set database to the one that does; for a new one, `flashpoll migrate` makes it"}};
  }
  Findings findings;
  for (int row = 0; row < tables.rows(); ++row) {
    if (tables.bytes(row, 1) == "p") continue;
    const std::string table = "ledger." + std::string(tables.bytes(row, 0));
    findings.push_back({"tables", State::fail,
                        "database: the table " + table + " is UNLOGGED, a crash would empty it",
                        "ALTER TABLE " + table + " SET LOGGED"});
  }
  if (findings.empty()) findings.push_back({"tables", State::ok, "are logged"});
  return findings;
}

Finding look_at_partitions(pg::Connection& connection, Partition partitions) {
  const pg::Result heads =
      connection.exec("SELECT count(*), coalesce(max(partition), -1) + 1 FROM ledger.heads");
  const std::int64_t stored = heads.integer(0, 0);
  const std::string count = std::to_string(stored);
  if (stored != heads.integer(0, 1)) {
    return {"partitions", State::fail, "ledger: a row of ledger.heads is missing",
            "restore the database from its backup"};
  }
  if (stored == partitions) return {"partitions", State::ok, count};
  return {"partitions", State::fail,
          "partitions: the ledger was created with " + count + ", the setting says " +
              std::to_string(partitions),
          "set partitions to " + count + ": it never changes"};
}

}  // namespace

Findings look_at_postgres_ledger(pg::Connection& connection, Partition partitions) {
  Findings findings;
  findings.push_back(look_at_setting(connection, "fsync"));
  findings.push_back(look_at_setting(connection, "full_page_writes"));
  findings.push_back(look_at_role(connection));
  const Findings tables = look_at_tables(connection);
  findings.insert(findings.end(), tables.begin(), tables.end());
  if (tables.front().name == "created") return findings;
  findings.push_back(look_at_partitions(connection, partitions));
  return findings;
}

}  // namespace flashpoll::ledger
