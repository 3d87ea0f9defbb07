#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace flashpoll::test {

/// A PostgreSQL 15 server of this test's own: a fresh cluster in a short directory, reached through
/// a Unix socket only, with the durability settings of production (fsync on). When the test runs as
/// root the server runs as the user `postgres`. It ends with the thread that started it, is stopped
/// by its own pid, and its directory goes with the object.
/// Throws std::runtime_error with the server's log when the server does not come up within 30 s or
/// PostgreSQL is not installed. One thread.
class PrivatePostgres {
 public:
  /// `settings` as `name=value`, on top of the fixture's own. The directory is made in `parent`,
  /// whose path is short, for the socket's sake, and which the user `postgres` can enter.
  explicit PrivatePostgres(std::vector<std::string> settings = {},
                           const std::string& parent = "/tmp");
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;

  /// One server for all test cases of a binary that do not break it. Call it on the main thread.
  static PrivatePostgres& shared();

  /// For libpq, libpqxx and our setting `database`, as user `postgres`.
  [[nodiscard]] std::string connection_string(const std::string& database = "postgres") const;

  /// Makes a new empty database and returns its connection string.
  [[nodiscard]] std::string create_database();

  /// Fast shutdown: sessions are ended, what is committed is kept. Nothing when it does not run.
  void stop();
  /// Starts the stopped server and waits until it takes connections.
  void start();
  /// `stop`, then `start`.
  void restart();
  /// Ends the server as a crash does. Follow with `start`, which recovers.
  void kill9();
  /// Adds a setting `name=value` for the next start.
  void set(std::string setting);

  /// The server's first process; 0 when it does not run.
  [[nodiscard]] pid_t pid() const { return pid_; }

  /// The directory of socket and data.
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  [[nodiscard]] std::string log_text() const;
  void launch();
  void end(int signal);
  [[nodiscard]] bool answers() const;
  [[nodiscard]] bool has_ended();

  std::string directory_;
  std::vector<std::string> settings_;
  pid_t pid_ = 0;  ///< 0: does not run
  bool crashed_ = false;
  int databases_ = 0;
};

}  // namespace flashpoll::test
