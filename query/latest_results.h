#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <unordered_map>
#include <variant>
#include <vector>

#include "infra/runtime/clock.h"
#include "infra/runtime/mutex.h"
#include "query/notified.h"
#include "query/read_pool.h"
#include "query/results.h"

namespace flashpoll::query {

/// The latest result of polls as ready answers: who asks for `…/results` gets them without a read
/// and without a string being built. Any thread. Stop the pool before this object goes.
///
/// What was read of a poll is shown until the projector notifies anything of it, until the clock
/// changes its status, and for 1 s at most: that is how old an answer can be when a notification is
/// late, or nobody listens. So an answer is never older than what this node was notified of when
/// the request came. What differs from viewer to viewer is not kept.
class LatestResults final : public Notified {
 public:
  LatestResults(ReadPool& pool, const Identity& identity, const runtime::Clock& clock);
  LatestResults(const LatestResults&) = delete;
  LatestResults& operator=(const LatestResults&) = delete;

  using Result = std::shared_ptr<const LatestResult>;
  /// What may be shown now; null: read it.
  [[nodiscard]] Result find(events::PollId poll) const FP_EXCLUDES(mutex_);

  /// A result, why there is none, or the fault of the read.
  using Found = std::variant<Result, Refused, std::exception_ptr>;
  using Done = std::function<void(const Found&)>;
  /// Reads it, once for all who ask before anything more is notified of the poll. `done` is called
  /// once, on the pool's thread or the caller's; it must not block. As many wait as are connected.
  void read(events::PollId poll, Done done) FP_EXCLUDES(mutex_);

  void notified(const std::vector<Reached>& polls) override FP_EXCLUDES(mutex_);
  void notified_all() override FP_EXCLUDES(mutex_);

 private:
  struct Slot {
    Result result;
    std::int64_t fresh_until_ms = 0;  ///< monotonic
    events::TimeMs valid_until = 0;   ///< wall clock
    bool reading = false;
    bool outdated = false;      ///< something was notified since the read was asked for
    std::vector<Done> waiting;  ///< for the read that is under way
    std::vector<Done> late;     ///< for the one after it
    void outdate();
  };
  void submit(events::PollId poll) FP_EXCLUDES(mutex_);
  void settle(events::PollId poll, std::int64_t asked_ms, const Found& found) FP_EXCLUDES(mutex_);
  [[nodiscard]] Found look(ReadTables& tables, events::PollId poll) const;

  ReadPool& pool_;
  const Identity& identity_;
  const runtime::Clock& clock_;
  mutable runtime::Mutex mutex_;
  std::unordered_map<events::PollId, Slot> slots_ FP_GUARDED_BY(mutex_);
};

}  // namespace flashpoll::query
