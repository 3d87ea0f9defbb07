#pragma once

#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "infra/pg/target.h"
#include "infra/runtime/log.h"
#include "infra/runtime/mutex.h"
#include "query/read_tables.h"

namespace flashpoll::pg {
class Database;
}

namespace flashpoll::query {

/// A few named threads, each with its own connection, that run SQL reads, so that nothing blocks an
/// I/O thread. Any thread may submit.
class ReadPool {
 public:
  /// Reads what it needs and then, as its last act, hands on what came of it. Everything it reads
  /// is of one moment: one short read-only transaction in the schema that the pointer names. It may
  /// be run a second time when its connection broke under it, before that last act.
  using Job = std::function<void(ReadTables&)>;
  /// Called instead when the job could not be done: Unavailable (PostgreSQL is away or too slow,
  /// the pool is stopping) or what the job threw. Same thread as the job.
  using Failed = std::function<void(std::exception_ptr)>;

  struct Settings {
    pg::Target target;
    int threads = 4;
    std::size_t queue = 1000;
    std::chrono::milliseconds statement_timeout{5000};
  };

  ReadPool(Settings settings, runtime::Log& log);
  /// Stops.
  ~ReadPool();
  ReadPool(const ReadPool&) = delete;
  ReadPool& operator=(const ReadPool&) = delete;

  /// Throws Overloaded when the queue is full; then neither is called.
  void submit(Job job, Failed failed) FP_EXCLUDES(mutex_);

  /// What is queued fails; blocks for the statements that are running. Idempotent.
  void stop() FP_EXCLUDES(mutex_);

 private:
  struct Task {
    Job job;
    Failed failed;
  };

  void work();
  void run(pg::Database& database, const Task& task);
  void run_once(pg::Database& database, const Job& job) const;
  /// Empty at the end. A task goes as soon as it is done, and with it what it holds.
  std::optional<Task> next() FP_EXCLUDES(mutex_);

  const Settings settings_;
  runtime::Log& log_;
  runtime::Mutex mutex_;
  runtime::Condition not_empty_;
  std::deque<Task> queue_ FP_GUARDED_BY(mutex_);
  bool stopping_ FP_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace flashpoll::query
