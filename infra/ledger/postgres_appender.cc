#include "infra/ledger/postgres_appender.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::ledger {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kStopWithin{2'500};
constexpr milliseconds kShortestAttempt{500};
constexpr milliseconds kLongestAttempt{2'000};
constexpr milliseconds kShortestPause{20};
constexpr milliseconds kLongestPause{200};

milliseconds time_for_attempt(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
  return std::clamp(left, kShortestAttempt, kLongestAttempt);
}

}  // namespace

PostgresAppender::PostgresAppender(pg::Target target, const PostgresLedgerLimits& limits,
                                   LandedSegments& landed, runtime::Log& log)
    : limits_(limits), landed_(landed), log_(log), writer_(std::move(target)) {
  thread_ = runtime::start_thread("ledger-append", [this] { run(); });
}

PostgresAppender::~PostgresAppender() {
  {
    const runtime::MutexLock lock(mutex_);
    stopping_ = true;
    stop_until_ = Clock::now() + kStopWithin;
  }
  changed_.notify_all();
  thread_.join();
}

bool PostgresAppender::append(std::vector<Entry> batch, AppendDone done) {
  FP_CHECK(!batch.empty(), "a batch holds an entry");
  Request request{std::move(batch), std::move(done), 0, Clock::now() + limits_.retry_for};
  for (const Entry& entry : request.entries) request.bytes += entry.key.size() + entry.value.size();
  {
    const runtime::MutexLock lock(mutex_);
    if (stopping_ || !fault_.empty()) return false;
    if (entries_ + request.entries.size() > limits_.pending_entries) return false;
    if (bytes_ + request.bytes > limits_.pending_bytes) return false;
    entries_ += request.entries.size();
    bytes_ += request.bytes;
    waiting_.push_back(std::move(request));
  }
  changed_.notify_one();
  return true;
}

void PostgresAppender::require_sound() const {
  const runtime::MutexLock lock(mutex_);
  if (!fault_.empty()) throw Corrupt(fault_);
}

void PostgresAppender::run() {
  for (Group group = take_group(); !group.empty(); group = take_group()) commit(std::move(group));
}

PostgresAppender::Group PostgresAppender::take_group() {
  const runtime::MutexLock lock(mutex_);
  while (waiting_.empty() && !stopping_) changed_.wait(mutex_);
  std::size_t count = 0;
  std::size_t entries = 0;
  std::size_t bytes = 0;
  for (const Request& request : waiting_) {
    entries += request.entries.size();
    bytes += request.bytes;
    if (count > 0 && (entries > limits_.batch_entries || bytes > limits_.batch_bytes)) break;
    ++count;
  }
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  Group group(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return group;
}

void PostgresAppender::commit(Group group) {
  Segments batch;
  for (const Request& request : group) {
    for (const Entry& entry : request.entries) {
      batch[entry.partition].add(entry.key, entry.value, entry.time_ms);
    }
  }
  const Time deadline = group.front().deadline;
  bool reported = false;
  bool time_left = true;
  for (milliseconds wait = kShortestPause; time_left; wait = std::min(2 * wait, kLongestPause)) {
    try {
      if (const auto landed = attempt(batch, deadline)) {
        keep(std::move(batch), *landed);
        if (!reported) report_landed(group, *landed);
        return release(group);
      }
    } catch (const std::exception& fault) {
      fail(fault.what());
      break;
    }
    if (!reported && Clock::now() >= deadline) {
      // Never sent: nothing of it can appear, so its number is free. Sent: on until we know.
      if (!writer_.in_doubt()) break;
      report(group, AppendStatus::in_doubt);
      reported = true;
    }
    expire();
    time_left = pause(wait);
  }
  if (!reported) {
    report(group, writer_.in_doubt() ? AppendStatus::in_doubt : AppendStatus::not_appended);
  }
  release(group);
  expire();
}

std::optional<Landed> PostgresAppender::attempt(const Segments& batch, Time deadline) {
  try {
    auto landed = writer_.send(batch, time_for_attempt(deadline));
    landed_.set_writer(writer_.writer());
    return landed;
  } catch (const Unavailable& fault) {
    log_.warning("ledger", "append failed, it is tried again",
                 {{"error", fault.what()}, {"in_doubt", writer_.in_doubt()}});
    return std::nullopt;
  }
}

void PostgresAppender::keep(Segments batch, const Landed& landed) {
  if (landed.empty()) return landed_.missed();
  std::vector<LandedSegment> segments;
  for (auto& [partition, segment] : batch) {
    const auto& [offset, append_time_ms] = landed.at(partition);
    const SegmentHead head{partition, offset, segment.count(), append_time_ms};
    segments.push_back({head, std::make_shared<const std::string>(std::move(segment).take())});
  }
  landed_.add(std::move(segments));
}

void PostgresAppender::report_landed(Group& group, const Landed& landed) {
  Landed next = landed;
  std::vector<AppendResult> results;
  for (Request& request : group) {
    results.clear();
    for (const Entry& entry : request.entries) {
      AppendResult result{AppendStatus::appended, std::nullopt};
      if (!next.empty()) result.offset = next.at(entry.partition).offset++;
      results.push_back(result);
    }
    request.done(results);
  }
}

void PostgresAppender::report(Group& group, AppendStatus status) {
  for (Request& request : group) {
    request.done(
        std::vector<AppendResult>(request.entries.size(), AppendResult{status, std::nullopt}));
  }
}

void PostgresAppender::release(const Group& group) {
  const runtime::MutexLock lock(mutex_);
  for (const Request& request : group) {
    entries_ -= request.entries.size();
    bytes_ -= request.bytes;
  }
}

void PostgresAppender::expire() {
  Group expired;
  {
    const runtime::MutexLock lock(mutex_);
    const bool all = !fault_.empty() || (stopping_ && Clock::now() >= stop_until_);
    const Time now = Clock::now();
    // In the order of their arrival, and so of their deadlines.
    const auto end = std::ranges::find_if(
        waiting_, [&](const Request& request) { return !all && request.deadline > now; });
    expired.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
  }
  report(expired, AppendStatus::not_appended);
  release(expired);
}

void PostgresAppender::fail(const std::string& reason) {
  log_.error("ledger", "nothing can be appended any more", {{"error", reason}});
  const runtime::MutexLock lock(mutex_);
  fault_ = reason;
}

bool PostgresAppender::pause(milliseconds time) {
  const Time until = Clock::now() + time;
  const runtime::MutexLock lock(mutex_);
  const auto over = [this]()
                        FP_REQUIRES(mutex_) { return stopping_ && Clock::now() >= stop_until_; };
  while (Clock::now() < until && !over()) changed_.wait_until(mutex_, until);
  return !over();
}

}  // namespace flashpoll::ledger
