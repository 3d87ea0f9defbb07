#include "query/waiter.h"

#include <algorithm>
#include <iterator>

#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::query {

namespace {

constexpr std::size_t kMaxWaiting = 10'000;
constexpr std::chrono::milliseconds kLookEvery{20};

/// `reached` is sorted.
bool has_reached(const std::vector<std::pair<events::PollId, events::Seq>>& reached,
                 events::PollId poll, events::Seq seq) {
  const auto found = std::lower_bound(reached.begin(), reached.end(), std::pair(poll, seq));
  return found != reached.end() && found->first == poll;
}

/// Moves those that `is_over` names from `all` to the result.
template <class List, class IsOver>
List take(List& all, IsOver is_over) {
  const auto over = std::partition(all.begin(), all.end(),
                                   [&](const auto& waiting) { return !is_over(waiting); });
  List taken(std::make_move_iterator(over), std::make_move_iterator(all.end()));
  all.erase(over, all.end());
  return taken;
}

}  // namespace

Waiter::Waiter(ReadPool& pool)
    : pool_(pool), thread_(runtime::start_thread("read-wait", [this] { run(); })) {}

Waiter::~Waiter() {
  {
    const runtime::MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  for (const Waiting& waiting : waiting_) waiting.done(false);
}

void Waiter::wait(events::PollId poll, events::Seq seq, std::chrono::milliseconds limit,
                  Done done) {
  {
    const runtime::MutexLock lock(mutex_);
    if (waiting_.size() >= kMaxWaiting)
      throw Overloaded("too many requests wait for the read side");
    waiting_.push_back({poll, seq, std::chrono::steady_clock::now() + limit, std::move(done)});
    notified_ = true;
  }
  changed_.notify_one();
}

void Waiter::notify() {
  {
    const runtime::MutexLock lock(mutex_);
    notified_ = true;
  }
  changed_.notify_one();
}

void Waiter::run() {
  Time next_look{};
  while (true) {
    std::vector<Waiting> late;
    bool due = false;
    {
      const runtime::MutexLock lock(mutex_);
      while (!stopping_ && waiting_.empty()) changed_.wait(mutex_);
      if (!stopping_ && !notified_) (void)changed_.wait_until(mutex_, next_look);
      if (stopping_) return;
      const Time now = std::chrono::steady_clock::now();
      late = take(waiting_, [&](const Waiting& waiting) { return waiting.until <= now; });
      due = !looking_ && !waiting_.empty() && (notified_ || now >= next_look);
      next_look = now + kLookEvery;
      notified_ = false;
      looking_ |= due;
    }
    for (const Waiting& waiting : late) waiting.done(false);
    if (due) look();
  }
}

void Waiter::look() {
  std::vector<events::PollId> ids;
  {
    const runtime::MutexLock lock(mutex_);
    for (const Waiting& waiting : waiting_) ids.push_back(waiting.poll);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  try {
    pool_.submit([this, ids = std::move(ids)](ReadTables& tables) { settle(tables.reached(ids)); },
                 [this](const std::exception_ptr&) { settle({}); });
  } catch (const std::exception&) {
    settle({});  // The next look is due soon; who waits too long is told so.
  }
}

void Waiter::settle(Reached reached) {
  std::sort(reached.begin(), reached.end());
  std::vector<Waiting> there;
  {
    const runtime::MutexLock lock(mutex_);
    looking_ = false;
    there = take(waiting_, [&](const Waiting& waiting) {
      return has_reached(reached, waiting.poll, waiting.seq);
    });
  }
  for (const Waiting& waiting : there) waiting.done(true);
}

}  // namespace flashpoll::query
