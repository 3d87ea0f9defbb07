#include "infra/ledger/deployment.h"

namespace flashpoll::ledger {

namespace {

std::optional<std::string> stored(pg::Connection& connection, std::string_view name) {
  const pg::Result rows =
      connection.exec("SELECT value FROM checkpoints.deployment WHERE name = $1",
                      pg::Params().text(name), pg::Format::binary);
  if (rows.rows() == 0) return std::nullopt;
  return std::string(rows.bytes(0, 0));
}

}  // namespace

std::string deployment_value(const pg::Target& target, std::string_view name,
                             std::string_view value) {
  pg::Connection connection(target);
  connection.exec(
      "INSERT INTO checkpoints.deployment (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
      pg::Params().text(name).bytea(value));
  const auto found = stored(connection, name);
  if (!found) throw Corrupt("checkpoints.deployment lost what it was just given");
  return *found;
}

std::optional<std::string> find_deployment_value(pg::Connection& connection,
                                                 std::string_view name) {
  const pg::Result table = connection.exec("SELECT to_regclass('checkpoints.deployment')");
  if (table.is_null(0, 0)) return std::nullopt;
  return stored(connection, name);
}

}  // namespace flashpoll::ledger
