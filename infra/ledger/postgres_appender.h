#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/landed_segments.h"
#include "infra/ledger/ledger.h"
#include "infra/ledger/postgres_ledger.h"
#include "infra/ledger/postgres_writer.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::ledger {

/// Gathers what several threads append while the last batch is being committed, and commits that as
/// the next one. Its own thread talks to PostgreSQL and calls `done`.
class PostgresAppender {
 public:
  /// `landed` gets every segment that it commits, before it is reported; must outlive this object.
  PostgresAppender(pg::Target target, const PostgresLedgerLimits& limits, LandedSegments& landed,
                   runtime::Log& log);
  ~PostgresAppender();
  PostgresAppender(const PostgresAppender&) = delete;
  PostgresAppender& operator=(const PostgresAppender&) = delete;

  [[nodiscard]] bool append(std::vector<Entry> batch, AppendDone done) FP_EXCLUDES(mutex_);

  /// Throws Corrupt when nothing can be appended any more.
  void require_sound() const FP_EXCLUDES(mutex_);

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Request {
    std::vector<Entry> entries;
    AppendDone done;
    std::size_t bytes = 0;
    Time deadline;
  };
  using Group = std::vector<Request>;

  void run();
  /// Waits for requests; empty when this object goes and none are left.
  [[nodiscard]] Group take_group() FP_EXCLUDES(mutex_);
  void commit(Group group);
  /// One attempt; where the batch is, or nothing when it must be tried again.
  [[nodiscard]] std::optional<Landed> attempt(const Segments& batch, Time deadline);
  void keep(Segments batch, const Landed& landed);
  void report_landed(Group& group, const Landed& landed);
  void report(Group& group, AppendStatus status);
  void release(const Group& group) FP_EXCLUDES(mutex_);
  /// Reports waiting requests that are too old, or all when nothing can be appended any more.
  void expire() FP_EXCLUDES(mutex_);
  void fail(const std::string& reason) FP_EXCLUDES(mutex_);
  /// Between two attempts. False when this object goes and its time is over.
  [[nodiscard]] bool pause(std::chrono::milliseconds time) FP_EXCLUDES(mutex_);

  const PostgresLedgerLimits limits_;
  LandedSegments& landed_;
  runtime::Log& log_;
  PostgresWriter writer_;  ///< the thread's alone

  mutable runtime::Mutex mutex_;
  runtime::Condition changed_;
  std::deque<Request> waiting_ FP_GUARDED_BY(mutex_);
  std::size_t entries_ FP_GUARDED_BY(mutex_) = 0;  ///< waiting or being committed
  std::size_t bytes_ FP_GUARDED_BY(mutex_) = 0;
  bool stopping_ FP_GUARDED_BY(mutex_) = false;
  Time stop_until_ FP_GUARDED_BY(mutex_) = {};
  std::string fault_ FP_GUARDED_BY(mutex_);  ///< empty: sound

  std::jthread thread_;
};

}  // namespace flashpoll::ledger
