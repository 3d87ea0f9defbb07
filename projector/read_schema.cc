#include "projector/read_schema.h"

#include <charconv>
#include <span>

#include "infra/crypto/encoding.h"
#include "infra/crypto/hash.h"
#include "infra/pg/migrate.h"
#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"
#include "projector/read_sql.h"

namespace flashpoll::schemas {
std::span<const pg::SqlObject> read_tables_sql();
}

namespace flashpoll::projector {

namespace {

/// Arbitrary, but the same in every version: `FPreadtb` read as a number.
constexpr std::int64_t kLock = 0x4650726561647462;
constexpr std::string_view kPrefix = "read_";

void make_first(pg::Connection& connection, ledger::Partition partitions) {
  create_read_tables(connection, "read_1", partitions);
  connection.exec(
      "INSERT INTO checkpoints.projector_leases (partition, live_until) "
      "SELECT p, '-infinity' FROM generate_series(0, $1 - 1) AS p ON CONFLICT DO NOTHING",
      pg::Params().integer(static_cast<std::int32_t>(partitions)));
  connection.exec("INSERT INTO checkpoints.read_pointer (schema_name) VALUES ('read_1')");
}

/// What is left of the tables' SQL without comments and spaces, in short.
std::string this_shape() {
  std::string text;
  for (const pg::SqlObject& object : schemas::read_tables_sql()) {
    bool comment = false;
    for (std::size_t i = 0; i < object.text.size(); ++i) {
      const char c = object.text[i];
      comment = c != '\n' && (comment || object.text.substr(i).starts_with("--"));
      if (!comment && c != ' ' && c != '\n') text += c;
    }
  }
  return crypto::hex_encode(crypto::as_text(crypto::sha256(text)).substr(0, 8));
}

void make_scratch(pg::Connection& connection, const std::string& schema) {
  (void)set_indexes_aside(connection, schema);
  const pg::Result tables = connection.exec("SELECT tablename FROM pg_tables WHERE schemaname = $1",
                                            pg::Params().text(schema));
  for (int row = 0; row < tables.rows(); ++row) {
    connection.exec("ALTER TABLE " + schema + "." + std::string(tables.bytes(row, 0)) +
                    " SET UNLOGGED");
  }
}

}  // namespace

std::optional<ReadPointer> read_pointer(pg::Connection& connection) {
  const pg::Result result =
      connection.exec("SELECT schema_name, former FROM checkpoints.read_pointer");
  if (result.rows() == 0) return std::nullopt;
  ReadPointer pointer{.schema = std::string(result.bytes(0, 0)), .former = {}};
  if (!result.is_null(0, 1)) pointer.former = std::string(result.bytes(0, 1));
  return pointer;
}

void create_read_tables(pg::Connection& connection, const std::string& schema,
                        ledger::Partition partitions, Purpose purpose) {
  pg::Transaction transaction(connection);
  for (const pg::SqlObject& object : schemas::read_tables_sql()) {
    connection.exec(sql::in_schema(object.text, schema));
  }
  connection.exec("COMMENT ON SCHEMA " + schema + " IS '" + this_shape() + "'");
  if (purpose == Purpose::scratch) make_scratch(connection, schema);
  connection.exec("INSERT INTO " + schema +
                      ".positions SELECT p, 0, -1, '', 0 FROM generate_series(0, $1 - 1) AS p",
                  pg::Params().integer(static_cast<std::int32_t>(partitions)));
  transaction.commit();
}

std::vector<std::string> set_indexes_aside(pg::Connection& connection, const std::string& schema) {
  const pg::Result found = connection.exec(
      "SELECT i.indexrelid::regclass, pg_get_indexdef(i.indexrelid) FROM pg_index i "
      "JOIN pg_class c ON c.oid = i.indrelid "
      "WHERE c.relnamespace = $1::regnamespace AND NOT i.indisprimary",
      pg::Params().text(schema));
  std::vector<std::string> definitions;
  for (int row = 0; row < found.rows(); ++row) {
    connection.exec("DROP INDEX " + std::string(found.bytes(row, 0)));
    definitions.emplace_back(found.bytes(row, 1));
  }
  return definitions;
}

void drop_read_tables(pg::Connection& connection, const std::string& schema) {
  connection.exec("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
}

bool has_this_shape(pg::Connection& connection, const std::string& schema) {
  const pg::Result found = connection.exec(
      "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = $1",
      pg::Params().text(schema));
  return found.rows() == 1 && found.bytes(0, 0) == this_shape();
}

void require_this_shape(pg::Connection& connection, const std::string& schema) {
  if (has_this_shape(connection, schema)) return;
  throw Misconfigured("the read tables in " + schema +
                      " were made by another version of flashpoll: `flashpoll migrate` makes new "
                      "ones from the ledger");
}

std::string next_schema(const std::string& schema) {
  int number = 0;
  const char* const end = schema.data() + schema.size();
  FP_CHECK(schema.starts_with(kPrefix) &&
               std::from_chars(schema.data() + kPrefix.size(), end, number).ptr == end,
           "read tables are in a schema read_N");
  return std::string(kPrefix) + std::to_string(number + 1);
}

void prepare_read_tables(const pg::Target& target, ledger::Partition partitions) {
  pg::Connection connection(target);
  // The lock goes with the session, however this ends.
  connection.exec("SELECT pg_advisory_lock($1)", pg::Params().bigint(kLock));
  if (!read_pointer(connection)) {
    drop_read_tables(connection, "read_1");  // half made by a process that did not get further
    make_first(connection, partitions);
  }
  const std::string schema = read_pointer(connection)->schema;
  const pg::Result count = connection.exec("SELECT count(*) FROM " + schema + ".positions");
  if (count.integer(0, 0) != partitions) {
    throw Misconfigured("the ledger has " + std::to_string(partitions) +
                        " partitions, but the read tables in " + schema + " were folded from " +
                        std::to_string(count.integer(0, 0)) +
                        ": the settings database and partitions do not belong together");
  }
}

}  // namespace flashpoll::projector
