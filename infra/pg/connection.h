#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "infra/pg/handle.h"
#include "infra/pg/params.h"
#include "infra/pg/result.h"
#include "infra/pg/target.h"
#include "infra/runtime/wake.h"

namespace flashpoll::pg {

struct Notification {
  std::string channel;
  std::string payload;
};

enum class Format { text, binary };

/// One session on libpq, with synchronous_commit=on and READ COMMITTED. Every wait for the server
/// has a limit. It never reconnects: after Unavailable or InDoubt look at `usable`, and when it is
/// false make a new one. One thread at a time.
///
/// Every statement throws InDoubt when the connection broke, or the limit passed, after it was
/// sent; the connection is unusable then. Otherwise the faults of `throw_fault`.
class Connection {
 public:
  /// Throws Unavailable, after `limit` at the latest (rounded up to 2 s).
  explicit Connection(const Target& target,
                      std::chrono::milliseconds limit = std::chrono::seconds(5));

  [[nodiscard]] bool usable() const;
  /// How long a later call waits for the server; 30 s unless set.
  void set_limit(std::chrono::milliseconds limit) { limit_ = limit; }

  /// One or more statements without parameters; gives the last one's rows.
  Result exec(const std::string& sql);
  Result exec(const std::string& sql, const Params& params, Format results = Format::text);
  /// Names a statement for `exec_prepared`; `params` only tells the types.
  void prepare(const std::string& name, const std::string& sql, const Params& types);
  Result exec_prepared(const std::string& name, const Params& params,
                       Format results = Format::text);

  /// `sql` is COPY … FROM STDIN; `data` all of its rows (see CopyRows). Returns the number of rows.
  std::int64_t copy_in(const std::string& sql, std::string_view data);
  /// `sql` is COPY … TO STDOUT; its data come in pieces. The limit is for each of them. What
  /// `on_piece` throws leaves the connection unusable.
  void copy_out(const std::string& sql, const std::function<void(std::string_view)>& on_piece);

  /// The process of the server that serves this connection, as in pg_stat_activity.
  [[nodiscard]] int backend_pid() const;

  /// Waits for notifications on channels that LISTEN has named, at most `wait`; empty when none
  /// came or `wake` was signalled (which the caller takes). Throws Unavailable when the connection
  /// is lost.
  std::vector<Notification> notifications(std::chrono::milliseconds wait,
                                          const runtime::Wake* wake);

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  [[nodiscard]] Deadline deadline() const;
  void require_usable() const;
  void sent(int accepted);
  void flush(Deadline until);
  [[nodiscard]] Handle<pg_result> next_result(Deadline until);
  /// Reads all results of what was sent; the last one, or the fault of the first that failed.
  Result finish();
  /// Sends `sql`, which must begin a COPY: PGRES_COPY_IN or PGRES_COPY_OUT.
  void begin_copy(const std::string& sql, int status, Deadline until);
  void put_copy_data(std::string_view data, Deadline until);
  bool wait_for_socket(short events, Deadline until, int wake_descriptor = -1) const;
  [[noreturn]] void lost(const std::string& what);
  [[nodiscard]] std::string error_text() const;

  Handle<pg_conn> connection_;
  std::chrono::milliseconds limit_ = std::chrono::seconds(30);
  bool lost_ = false;
};

/// Of libpq: `15.18`.
[[nodiscard]] std::string library_version();

/// Begins a transaction; rolls it back unless `commit` was called. InDoubt from `commit` means that
/// nobody knows: ask something that the transaction wrote.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  /// The server ends the session, and with it the locks, when nothing comes for `idle` between two
  /// statements: whoever is frozen in the middle holds up nobody else for longer.
  Transaction(Connection& connection, std::chrono::milliseconds idle);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace flashpoll::pg
