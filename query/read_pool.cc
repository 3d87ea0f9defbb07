#include "query/read_pool.h"

#include <pqxx/pqxx>

#include "infra/pg/database.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::query {

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
  pg::Database database(settings_.target);
  while (const std::optional<Task> task = next()) run(database, *task);
}

void ReadPool::run(pg::Database& database, const Task& task) {
  try {
    try {
      run_once(database, task.job);
    } catch (const Unavailable&) {
      // A connection that was idle while PostgreSQL restarted tells so only when it is used.
      run_once(database, task.job);
    }
  } catch (const std::exception& error) {
    log_.warning("query", "a read failed", {{"reason", error.what()}});
    task.failed(std::current_exception());
  }
}

void ReadPool::run_once(pg::Database& database, const Job& job) const {
  database.read([&](pqxx::read_transaction& transaction) {
    // All for this transaction alone, so that nothing depends on the session. The pointer is read
    // in it too: a rebuild switches between two jobs. A page is the beginning of what an index
    // gives in order; as the planner does not see that, it would rather fetch all and sort.
    const pqxx::result pointer = transaction.exec(
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;"
        "SELECT set_config('search_path', quote_ident(schema_name), true),"
        " set_config('enable_sort', 'off', true),"
        " set_config('statement_timeout', '" +
        std::to_string(settings_.statement_timeout.count()) +
        "', true) FROM checkpoints.read_pointer");
    if (pointer.empty()) throw Unavailable("the read tables are not there yet");
    ReadTables tables(transaction);
    job(tables);
  });
}

std::optional<ReadPool::Task> ReadPool::next() {
  const runtime::MutexLock lock(mutex_);
  while (queue_.empty() && !stopping_) not_empty_.wait(mutex_);
  if (queue_.empty()) return std::nullopt;
  Task task = std::move(queue_.front());
  queue_.pop_front();
  return task;
}

}  // namespace flashpoll::query
