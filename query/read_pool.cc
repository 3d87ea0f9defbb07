#include "query/read_pool.h"

#include <pqxx/pqxx>

#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::query {

/// One thread's connection; thrown away after any trouble.
class ReadPool::Worker {
 public:
  Worker(const Settings& settings, runtime::Log& log) : settings_(settings), log_(log) {}

  void run(const Task& task) {
    try {
      try {
        run_once(task.job);
      } catch (const pqxx::broken_connection&) {
        connection_.reset();
        run_once(task.job);
      }
    } catch (const pqxx::pqxx_exception& error) {
      connection_.reset();
      log_.warning("query", "a read failed", {{"reason", error.base().what()}});
      task.failed(std::make_exception_ptr(Unavailable("PostgreSQL does not answer reads")));
    } catch (...) {
      task.failed(std::current_exception());
    }
  }

 private:
  using Transaction = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;

  void run_once(const Job& job) {
    if (!connection_) connection_ = std::make_unique<pqxx::connection>(settings_.database);
    Transaction transaction(*connection_);
    enter(transaction);
    ReadTables tables(transaction);
    job(tables);
  }

  /// Settings of this transaction alone, so they hold after a silent reconnect too. The pointer is
  /// read in the job's own transaction: a rebuild switches between two jobs.
  void enter(Transaction& transaction) {
    const pqxx::result pointer = transaction.exec_params(
        "SELECT set_config('search_path', quote_ident(schema_name), true),"
        " set_config('statement_timeout', $1, true) FROM checkpoints.read_pointer",
        std::to_string(settings_.statement_timeout.count()));
    if (pointer.empty()) throw Unavailable("the read tables are not there yet");
  }

  const Settings& settings_;
  runtime::Log& log_;
  std::unique_ptr<pqxx::connection> connection_;
};

ReadPool::ReadPool(Settings settings, runtime::Log& log)
    : settings_(std::move(settings)), log_(log) {
  for (int i = 0; i < settings_.threads; ++i) {
    threads_.push_back(runtime::start_thread("read-" + std::to_string(i), [this] { work(); }));
  }
}

ReadPool::~ReadPool() { stop(); }

void ReadPool::submit(Job job, Failed failed) {
  {
    const runtime::MutexLock lock(mutex_);
    if (stopping_) throw Unavailable("the server is stopping");
    if (queue_.size() >= settings_.queue) throw Overloaded("too many reads are waiting");
    queue_.push_back({std::move(job), std::move(failed)});
  }
  not_empty_.notify_one();
}

void ReadPool::stop() {
  std::deque<Task> left;
  {
    const runtime::MutexLock lock(mutex_);
    stopping_ = true;
    left.swap(queue_);
  }
  not_empty_.notify_all();
  threads_.clear();
  for (const Task& task : left) {
    task.failed(std::make_exception_ptr(Unavailable("the server is stopping")));
  }
}

void ReadPool::work() {
  Worker worker(settings_, log_);
  for (Task task; next(task);) worker.run(task);
}

bool ReadPool::next(Task& task) {
  const runtime::MutexLock lock(mutex_);
  while (queue_.empty() && !stopping_) not_empty_.wait(mutex_);
  if (queue_.empty()) return false;
  task = std::move(queue_.front());
  queue_.pop_front();
  return true;
}

}  // namespace flashpoll::query
