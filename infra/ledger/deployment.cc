#include "infra/ledger/deployment.h"

namespace flashpoll::ledger {

std::string deployment_value(const pg::Target& target, std::string_view name,
                             std::string_view value) {
  pg::Connection connection(target);
  connection.exec(
      "INSERT INTO checkpoints.deployment (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
      pg::Params().text(name).bytea(value));
  const pg::Result stored =
      connection.exec("SELECT value FROM checkpoints.deployment WHERE name = $1",
                      pg::Params().text(name), pg::Format::binary);
  if (stored.rows() != 1) throw Corrupt("checkpoints.deployment lost what it was just given");
  return std::string(stored.bytes(0, 0));
}

std::optional<std::string> find_deployment_value(pg::Connection& connection,
                                                 std::string_view name) {
  const pg::Result table = connection.exec("SELECT to_regclass('checkpoints.deployment')");
  if (table.is_null(0, 0)) return std::nullopt;
  const pg::Result stored =
      connection.exec("SELECT value FROM checkpoints.deployment WHERE name = $1",
                      pg::Params().text(name), pg::Format::binary);
  if (stored.rows() == 0) return std::nullopt;
  return std::string(stored.bytes(0, 0));
}

}  // namespace flashpoll::ledger
