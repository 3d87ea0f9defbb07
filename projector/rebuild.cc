#include "projector/rebuild.h"

#include "projector/green.h"

namespace flashpoll::projector {

namespace {

void switch_to(pg::Connection& connection, const std::string& schema) {
  connection.exec("UPDATE checkpoints.read_pointer SET former = schema_name, schema_name = $1",
                  pg::Params().text(schema));
  connection.exec("SELECT pg_notify($1, '*')", pg::Params().text(kResultsChannel));
}

}  // namespace

Rebuilt rebuild(const RefoldSource& source, bool accept_differences) {
  Green green(source, Purpose::reading);
  green.drop_former();
  green.build();
  pg::Transaction transaction(green.connection());
  Rebuilt rebuilt{.verified = *green.finish(), .switched = false, .schema = green.schema()};
  rebuilt.switched = rebuilt.verified.differences.none() || accept_differences;
  if (rebuilt.switched) switch_to(green.connection(), green.schema());
  transaction.commit();
  if (rebuilt.switched) green.keep();
  return rebuilt;
}

std::optional<Rebuilt> rebuild_of_another_version(const RefoldSource& source) {
  pg::Connection connection(source.database);
  const auto pointer = read_pointer(connection);
  if (pointer && has_this_shape(connection, pointer->schema)) return std::nullopt;
  return rebuild(source, false);
}

}  // namespace flashpoll::projector
