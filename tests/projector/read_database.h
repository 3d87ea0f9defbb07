#pragma once

#include <span>
#include <string>
#include <vector>

#include "infra/pg/connection.h"
#include "infra/pg/migrate.h"
#include "projector/read_schema.h"
#include "tests/support/private_postgres.h"

namespace flashpoll::schemas {
std::span<const pg::SqlObject> projector_test_sql();
}

namespace flashpoll::test {

/// The database of the test binary's one server, emptied and migrated, with empty read tables. One
/// at a time: databases are slow to make, schemas are not.
class ReadDatabase {
 public:
  explicit ReadDatabase(ledger::Partition partitions)
      : target_{PrivatePostgres::shared().connection_string(), "test"} {
    pg::Connection(target_).exec(
        "DROP SCHEMA IF EXISTS checkpoints, read_1, read_2, read_3 CASCADE");
    pg::migrate(target_, schemas::projector_test_sql());
    projector::prepare_read_tables(target_, partitions);
    connection_ = std::make_unique<pg::Connection>(target_);
  }

  [[nodiscard]] const pg::Target& target() const { return target_; }
  [[nodiscard]] pg::Connection& connection() { return *connection_; }

  /// The rows as text, columns joined by |, NULL as nothing.
  std::vector<std::string> rows(const std::string& sql) {
    const pg::Result result = connection_->exec(sql);
    std::vector<std::string> rows;
    for (int row = 0; row < result.rows(); ++row) {
      std::string& text = rows.emplace_back();
      for (int column = 0; column < result.columns(); ++column) {
        if (column > 0) text += '|';
        text += result.bytes(row, column);
      }
    }
    return rows;
  }
  /// The one row of a statement.
  std::string row(const std::string& sql) {
    const auto all = rows(sql);
    return all.size() == 1 ? all[0] : std::to_string(all.size()) + " rows";
  }
  void exec(const std::string& sql) { connection_->exec(sql); }

 private:
  pg::Target target_;
  std::unique_ptr<pg::Connection> connection_;
};

}  // namespace flashpoll::test
