#include "infra/pg/migrate.h"

#include <chrono>
#include <string>

#include "infra/pg/connection.h"

namespace flashpoll::pg {
namespace {

/// Arbitrary, but the same in every version: `FPmigrat` read as a number.
constexpr std::int64_t kLock = 0x46506d6967726174;
constexpr auto kLimit = std::chrono::seconds(60);

constexpr const char* kTable =
    "CREATE SCHEMA IF NOT EXISTS checkpoints;"
    "CREATE TABLE IF NOT EXISTS checkpoints.migrations ("
    "  name text PRIMARY KEY,"
    "  digest text NOT NULL,"
    "  applied_at timestamptz NOT NULL DEFAULT now())";

void apply(Connection& connection, const SqlObject& object) {
  Transaction transaction(connection);
  connection.exec(std::string(object.text));
  connection.exec("INSERT INTO checkpoints.migrations (name, digest) VALUES ($1, md5($2))",
                  Params().text(object.name).text(object.text));
  transaction.commit();
}

/// Whether the object is in already.
bool applied(Connection& connection, const SqlObject& object) {
  const Result found =
      connection.exec("SELECT digest = md5($2) FROM checkpoints.migrations WHERE name = $1",
                      Params().text(object.name).text(object.text));
  if (found.rows() == 0) return false;
  if (found.bytes(0, 0) != "t") {
    throw Corrupt("database: " + std::string(object.name) +
                  " was applied with another text; this program and this database do not belong "
                  "together");
  }
  return true;
}

}  // namespace

void migrate(const Target& target, std::span<const SqlObject> objects) {
  Connection connection(target);
  connection.set_limit(kLimit);
  // The lock goes with the session, however this ends.
  connection.exec("SELECT pg_advisory_lock($1)", Params().bigint(kLock));
  connection.exec(kTable);
  for (const SqlObject& object : objects) {
    if (!applied(connection, object)) apply(connection, object);
  }
}

}  // namespace flashpoll::pg
