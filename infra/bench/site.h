#pragma once

#include <memory>
#include <string>
#include <vector>

#include "infra/app/settings.h"
#include "infra/bench/options.h"
#include "infra/bench/process.h"
#include "infra/ledger/ledger.h"
#include "infra/pg/connection.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/log.h"
#include "tests/support/private_kafka.h"
#include "tests/support/private_postgres.h"

namespace flashpoll::bench {

/// One `flashpoll serve`.
struct Node {
  Node(const test::Words& words, const std::string& log, std::uint16_t on, std::uint16_t admin_on)
      : process(words, log), port(on), admin_port(admin_on) {}

  Process process;
  const std::uint16_t port;
  const std::uint16_t admin_port;

  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port) + path;
  }
};

/// A new directory in `parent` that goes with the object.
class Directory {
 public:
  /// Throws Misconfigured when none can be made there, or only in memory.
  explicit Directory(const std::string& parent);
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline constexpr const char* kIngestToken = "ingest-token-of-the-bench-0123456789";

/// What one run measures: a private PostgreSQL, durable as in production, a private Kafka where the
/// ledger is there, and processes of FlashPoll on them, all in a directory that goes with the
/// object. Servers run on the servers' core. One thread.
class Site {
 public:
  /// Throws Misconfigured when what would be measured is not durable.
  explicit Site(const Options& options);

  /// Returns at once.
  [[nodiscard]] std::unique_ptr<Node> launch(const std::string& role);
  /// Returns when it is ready. Throws std::runtime_error with its log when it ends instead.
  [[nodiscard]] std::unique_ptr<Node> start(const std::string& role);
  void wait_ready(Node& node, std::chrono::seconds limit) const;

  struct Ran {
    int code = 0;
    std::string output;
    double seconds = 0;
    double cpu_seconds = 0;
  };
  /// One of the operator's commands, as `verify`, with `-o json`.
  [[nodiscard]] Ran operate(const std::vector<std::string>& command) const;

  /// The ledger in this process.
  [[nodiscard]] std::unique_ptr<ledger::Ledger> open_ledger(bool import = false);
  [[nodiscard]] pg::Target database() const { return {settings_.database, "flashpoll-bench"}; }
  /// An empty one on the same server.
  [[nodiscard]] pg::Target another_database();
  [[nodiscard]] const ledger::KafkaTarget& kafka() const { return settings_.kafka; }
  [[nodiscard]] const std::string& secret_file() const { return settings_.secret_file; }
  [[nodiscard]] std::uint32_t partitions() const { return settings_.partitions; }
  /// Copies the database as it is now: `restore` brings that back. Nobody is connected meanwhile.
  void keep_database();
  void restore_database();

  /// Of PostgreSQL and Kafka.
  [[nodiscard]] Usage storage_usage() const;
  [[nodiscard]] const std::string& directory() const { return directory_.path(); }

 private:
  void write_config() const;
  void sql(const std::string& statement);

  const Options& options_;
  const runtime::SystemClock clock_;
  runtime::Log log_;
  const Directory directory_;
  std::unique_ptr<test::PrivatePostgres> postgres_;
  std::unique_ptr<test::PrivateKafka> kafka_;
  app::Settings settings_;
  int nodes_ = 0;
};

/// Number of votes in the ledger that count, by a fold of our own.
[[nodiscard]] std::uint64_t counted_votes(ledger::Ledger& ledger);

}  // namespace flashpoll::bench
