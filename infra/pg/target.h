#pragma once

#include <string>

#include "infra/runtime/fault.h"

/// PostgreSQL, two ways. `connection.h`: libpq for the hot path (binary parameters, COPY, LISTEN,
/// time limits). `database.h` and `pool.h`: libpqxx for reads and small writes.
namespace flashpoll::pg {

/// Where a connection goes.
struct Target {
  std::string connection;   ///< URL or libpq's key=value text, as in the setting `database`
  std::string application;  ///< what pg_stat_activity shows, at most 63 bytes
};

/// The connection went while the server may have been executing: what was asked for may have
/// happened, or may still happen. Ask before sending it again.
struct InDoubt : Unavailable {
  using Unavailable::Unavailable;
};

/// The server refused a statement, and will refuse it again; nothing of it took effect. What passes
/// by waiting (shutting down, out of space, deadlock, time-out) is Unavailable instead, damaged
/// data is Corrupt.
struct StatementFailed : std::runtime_error {
  StatementFailed(const std::string& what, std::string state)
      : std::runtime_error(what), sqlstate(std::move(state)) {}
  std::string sqlstate;  ///< five characters, appendix A of PostgreSQL's manual
};

/// Throws the fault that belongs to `sqlstate`: Unavailable, Corrupt or StatementFailed.
[[noreturn]] void throw_fault(const std::string& what, const std::string& sqlstate);

}  // namespace flashpoll::pg
