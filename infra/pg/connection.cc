#include "infra/pg/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "infra/runtime/check.h"

namespace flashpoll::pg {
namespace {

constexpr std::string_view kSession =
    "SET synchronous_commit = on; SET default_transaction_isolation = 'read committed';"
    "SET client_min_messages = warning; SET client_encoding = 'UTF8'; SET jit = off";

constexpr int kBinary = 1;

void swallow_notice(void* /*unused*/, const char* /*message*/) {}

int milliseconds_until(std::chrono::steady_clock::time_point until) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

Handle<pg_conn> connect(const Target& target, std::chrono::milliseconds limit) {
  const std::string seconds =
      std::to_string(std::max<std::int64_t>(2, (limit.count() + 999) / 1000));
  // What stands before `dbname` can be overridden by the connection string, what stands after not.
  const char* names[] = {"keepalives_idle",
                         "keepalives_interval",
                         "keepalives_count",
                         "dbname",
                         "connect_timeout",
                         "application_name",
                         nullptr};
  const char* values[] = {
      "5",    "2", "3", target.connection.c_str(), seconds.c_str(), target.application.c_str(),
      nullptr};
  return Handle<pg_conn>(PQconnectdbParams(names, values, 1));
}

/// Parameters as libpq wants them; views into a Params.
struct Arguments {
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
};

Arguments arguments(const std::vector<std::string>& values, const std::vector<bool>& nulls) {
  Arguments all;
  for (std::size_t i = 0; i < values.size(); ++i) {
    all.values.push_back(nulls[i] ? nullptr : values[i].data());
    all.lengths.push_back(static_cast<int>(values[i].size()));
    all.formats.push_back(kBinary);
  }
  return all;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

Connection::Connection(const Target& target, std::chrono::milliseconds limit)
    : connection_(connect(target, limit)) {
  FP_CHECK(connection_ != nullptr, "libpq has memory");
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    throw Unavailable("no connection to PostgreSQL (setting database): " + error_text());
  }
  PQsetNoticeProcessor(connection_.get(), swallow_notice, nullptr);
  FP_CHECK(PQsetnonblocking(connection_.get(), 1) == 0, "a fresh connection has nothing to send");
  const auto usual = std::exchange(limit_, limit);
  exec(std::string(kSession));
  limit_ = usual;
}

bool Connection::usable() const { return !lost_ && PQstatus(connection_.get()) == CONNECTION_OK; }

int Connection::backend_pid() const { return PQbackendPID(connection_.get()); }

Result Connection::exec(const std::string& sql) {
  require_usable();
  sent(PQsendQuery(connection_.get(), sql.c_str()));
  return finish();
}

Result Connection::exec(const std::string& sql, const Params& params, Format results) {
  require_usable();
  const Arguments all = arguments(params.values_, params.nulls_);
  sent(PQsendQueryParams(connection_.get(), sql.c_str(), params.size(), params.types_.data(),
                         all.values.data(), all.lengths.data(), all.formats.data(),
                         results == Format::binary ? kBinary : 0));
  return finish();
}

void Connection::prepare(const std::string& name, const std::string& sql, const Params& types) {
  require_usable();
  sent(PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), types.size(),
                     types.types_.data()));
  finish();
}

Result Connection::exec_prepared(const std::string& name, const Params& params, Format results) {
  require_usable();
  const Arguments all = arguments(params.values_, params.nulls_);
  sent(PQsendQueryPrepared(connection_.get(), name.c_str(), params.size(), all.values.data(),
                           all.lengths.data(), all.formats.data(),
                           results == Format::binary ? kBinary : 0));
  return finish();
}

void Connection::begin_copy(const std::string& sql, int status, Deadline until) {
  require_usable();
  sent(PQsendQuery(connection_.get(), sql.c_str()));
  flush(until);
  const auto began = next_result(until);
  if (PQresultStatus(began.get()) == status) return;
  const std::string what = trimmed(PQresultErrorMessage(began.get()));
  const char* state = PQresultErrorField(began.get(), PG_DIAG_SQLSTATE);
  const std::string sqlstate = state == nullptr ? "42601" : state;
  finish();
  throw_fault("COPY does not begin: " + what, sqlstate);
}

std::vector<Notification> Connection::notifications(std::chrono::milliseconds wait,
                                                    const runtime::Wake* wake) {
  require_usable();
  const Deadline until = std::chrono::steady_clock::now() + wait;
  std::vector<Notification> all;
  while (true) {
    if (PQconsumeInput(connection_.get()) == 0) {
      lost_ = true;
      throw Unavailable("PostgreSQL: connection lost while listening: " + error_text());
    }
    while (PGnotify* one = PQnotifies(connection_.get())) {
      all.push_back({one->relname, one->extra});
      PQfreemem(one);
    }
    if (!all.empty()) return all;
    // What can be read may be something else, as the reason why the server ends the session.
    if (!wait_for_socket(POLLIN, until, wake ? wake->descriptor() : -1)) return all;
  }
}

Connection::Deadline Connection::deadline() const {
  return std::chrono::steady_clock::now() + limit_;
}

void Connection::require_usable() const {
  if (!usable()) throw Unavailable("PostgreSQL: the connection is lost");
}

void Connection::sent(int accepted) {
  if (accepted == 0) lost("sending");
}

void Connection::flush(Deadline until) {
  while (true) {
    const int left = PQflush(connection_.get());
    if (left == 0) return;
    if (left < 0) lost("sending");
    if (!wait_for_socket(POLLIN | POLLOUT, until)) lost("the server takes nothing");
    if (PQconsumeInput(connection_.get()) == 0) lost("sending");
  }
}

Handle<pg_result> Connection::next_result(Deadline until) {
  while (PQisBusy(connection_.get()) != 0) {
    if (!wait_for_socket(POLLIN, until)) lost("no answer in time");
    if (PQconsumeInput(connection_.get()) == 0) lost("waiting for the answer");
  }
  return Handle<pg_result>(PQgetResult(connection_.get()));
}

Result Connection::finish() {
  const Deadline until = deadline();
  flush(until);
  Handle<pg_result> last;
  std::string what;
  std::string sqlstate;
  while (Handle<pg_result> result = next_result(until)) {
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR && what.empty()) {
      const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
      what = trimmed(PQresultErrorMessage(result.get()));
      sqlstate = state == nullptr ? "" : state;
    }
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) {
      lost("a COPY that nobody serves");
    }
    last = std::move(result);
  }
  if (PQstatus(connection_.get()) != CONNECTION_OK || (sqlstate.empty() && !what.empty())) {
    lost(what.empty() ? "waiting for the answer" : what);
  }
  if (!what.empty()) throw_fault("PostgreSQL: " + what, sqlstate);
  return Result(std::move(last));
}

bool Connection::wait_for_socket(short events, Deadline until, int wake_descriptor) const {
  std::array<pollfd, 2> descriptors = {pollfd{PQsocket(connection_.get()), events, 0},
                                       pollfd{wake_descriptor, POLLIN, 0}};
  while (true) {
    const int ready = poll(descriptors.data(), descriptors.size(), milliseconds_until(until));
    if (ready >= 0) return descriptors[0].revents != 0;
    FP_CHECK(errno == EINTR, "poll is given sound descriptors");
  }
}

void Connection::lost(const std::string& what) {
  lost_ = true;
  throw InDoubt("PostgreSQL: connection lost (" + what + "): " + error_text());
}

std::string Connection::error_text() const { return trimmed(PQerrorMessage(connection_.get())); }

Transaction::Transaction(Connection& connection) : connection_(connection) {
  connection_.exec("BEGIN");
}

Transaction::Transaction(Connection& connection, std::chrono::milliseconds idle)
    : connection_(connection) {
  connection_.exec("BEGIN; SET LOCAL idle_in_transaction_session_timeout = " +
                   std::to_string(idle.count()));
}

std::string library_version() {
  const int version = PQlibVersion();
  return std::to_string(version / 10'000) + "." + std::to_string(version % 10'000);
}

Transaction::~Transaction() {
  if (!open_ || !connection_.usable()) return;
  try {
    connection_.exec("ROLLBACK");
  } catch (const std::exception&) {
    // The server rolls back whatever it does not hear of again.
  }
}

void Transaction::commit() {
  open_ = false;
  // A transaction in which a statement failed is rolled back by COMMIT, without an error.
  if (connection_.exec("COMMIT").command() != "COMMIT") {
    throw StatementFailed("PostgreSQL: COMMIT of a transaction in which a statement failed",
                          "25P02");
  }
}

}  // namespace flashpoll::pg
