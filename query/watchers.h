#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "infra/runtime/mutex.h"
#include "query/fanout.h"

namespace flashpoll::query {

struct WatchLimits {
  std::size_t subscriptions = 100'000;  ///< one for each channel and poll
  std::size_t polls = 10'000;
};

/// Who watches which poll, and the newest announcement of each. Any thread, but for the I/O
/// thread's fan-out. Held by a shared pointer, as holds may be the last to go.
class Watchers : public std::enable_shared_from_this<Watchers> {
 public:
  /// `changed`: a poll has its first hold, or lost its last one; called by any thread.
  Watchers(WatchLimits limits, std::function<void()> changed)
      : limits_(limits), changed_signal_(std::move(changed)) {}
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  /// One subscription, or one that is about to be: while it lives its poll is watched.
  class Hold {
   public:
    Hold(Hold&& other) noexcept = default;
    Hold& operator=(Hold&& other) noexcept;
    ~Hold();
    [[nodiscard]] events::PollId poll() const { return poll_; }

   private:
    friend class Watchers;
    Hold(std::shared_ptr<Watchers> watchers, events::PollId poll)
        : watchers_(std::move(watchers)), poll_(poll) {}
    std::shared_ptr<Watchers> watchers_;
    events::PollId poll_;
  };

  /// Empty when a limit is reached: refuse.
  [[nodiscard]] std::optional<Hold> hold(events::PollId poll) FP_EXCLUDES(mutex_);

  /// The calling I/O thread's.
  [[nodiscard]] std::shared_ptr<Fanout> of_this_thread() FP_EXCLUDES(mutex_);

  [[nodiscard]] bool is_watched(events::PollId poll) const FP_EXCLUDES(mutex_);
  [[nodiscard]] std::size_t subscriptions() const FP_EXCLUDES(mutex_);
  [[nodiscard]] std::size_t polls() const FP_EXCLUDES(mutex_);

  // --- For fan-outs.

  /// Returns the newest announcement; later ones are pushed to `fanout`.
  std::shared_ptr<const Announcement> join(events::PollId poll, Fanout& fanout) FP_EXCLUDES(mutex_);
  void leave(events::PollId poll, Fanout& fanout) FP_EXCLUDES(mutex_);

  // --- The hub's thread.

  struct Changes {
    std::vector<events::PollId> watch;
    std::vector<events::PollId> unwatch;
  };
  /// What is watched now and was not at the last call, and the other way round.
  [[nodiscard]] Changes take_changes() FP_EXCLUDES(mutex_);
  void publish(const std::shared_ptr<const Announcement>& news) FP_EXCLUDES(mutex_);
  [[nodiscard]] std::shared_ptr<const Announcement> newest(events::PollId poll) const
      FP_EXCLUDES(mutex_);

 private:
  struct Watched {
    std::size_t holds = 0;
    bool known_to_hub = false;
    bool listed = false;  ///< in `changed_`
    std::shared_ptr<const Announcement> newest;
    std::vector<Fanout*> fanouts;  ///< those with subscribers of it
  };
  void release(events::PollId poll) FP_EXCLUDES(mutex_);
  void list_change(events::PollId poll, Watched& watched) FP_REQUIRES(mutex_);

  const WatchLimits limits_;
  const std::function<void()> changed_signal_;
  mutable runtime::Mutex mutex_;
  std::unordered_map<events::PollId, Watched> watched_ FP_GUARDED_BY(mutex_);
  std::vector<events::PollId> changed_ FP_GUARDED_BY(mutex_);
  /// Kept for good: there are as many as I/O threads.
  std::unordered_map<std::thread::id, std::shared_ptr<Fanout>> fanouts_ FP_GUARDED_BY(mutex_);
  std::size_t subscriptions_ FP_GUARDED_BY(mutex_) = 0;
};

}  // namespace flashpoll::query
