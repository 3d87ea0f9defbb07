#pragma once

#include "infra/pg/connection.h"
#include "tests/support/private_postgres.h"

namespace flashpoll::pg::test {

/// A new empty database on the server of this binary.
inline Target fresh_database() {
  return {flashpoll::test::PrivatePostgres::shared().create_database(), "pg_test"};
}

/// Ends every other session of that database.
inline void end_sessions(const Target& target) {
  Connection(target).exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

}  // namespace flashpoll::pg::test
