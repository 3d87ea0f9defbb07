#pragma once

#include <memory>
#include <string>

#include "infra/ledger/postgres_ledger.h"
#include "infra/pg/connection.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/log.h"
#include "tests/support/private_postgres.h"

namespace flashpoll::ledger::test {

/// A ledger of three partitions in a database of its own.
struct PostgresWorld {
  explicit PostgresWorld(
      flashpoll::test::PrivatePostgres& server = flashpoll::test::PrivatePostgres::shared())
      : target{server.create_database(), "ledger_test"} {
    create_postgres_ledger(target, 3);
  }

  [[nodiscard]] std::unique_ptr<PostgresLedger> open(PostgresLedgerLimits limits = {}) {
    return std::make_unique<PostgresLedger>(target, 3, quiet, limits);
  }
  /// Runs `sql` as somebody with psql would.
  void meddle(const std::string& sql) const { pg::Connection(target).exec(sql); }
  [[nodiscard]] std::int64_t number(const std::string& sql) const {
    return pg::Connection(target).exec(sql).integer(0, 0);
  }

  const pg::Target target;
  runtime::SystemClock clock;
  runtime::Log quiet{clock, runtime::LogLevel::error, -1};
};

}  // namespace flashpoll::ledger::test
