#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "infra/ledger/ledger.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::ledger {

/// Hands on what one tail of a process, its leader, reads: whoever follows it need not read the
/// same a second time. What not all have taken is kept, bounded in bytes: the oldest goes first,
/// and a follower that still needs it has to read for itself until it has caught up. Without
/// followers nothing is kept. Any thread.
class Relay {
 public:
  /// Records, with the bytes that their views point into. Every leader's offsets are ascending.
  using Batch = std::shared_ptr<const std::vector<Record>>;

  /// There is one at a time.
  class Leader {
   public:
    /// `starts`: what it is going to read.
    Leader(Relay& relay, std::span<const Start> starts);
    ~Leader();
    Leader(const Leader&) = delete;
    Leader& operator=(const Leader&) = delete;

    void hand_on(Batch batch);

   private:
    Relay& relay_;
  };

  /// `join`, `joined` and `take` by one thread at a time.
  class Follower {
   public:
    explicit Follower(Relay& relay);
    ~Follower();
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    /// From now on `take` delivers each record from these offsets on, and may deliver others
    /// before. False when there is no leader, when it has not read that far yet, or when something
    /// of it is not kept any more.
    [[nodiscard]] bool join(std::span<const Start> starts);
    /// False again once something is missing. What was taken before is whole.
    [[nodiscard]] bool joined() const;

    /// Waits for records, at most until `until`, a wake, or until it is not joined any more. At
    /// most one batch more than makes up `max_records`.
    [[nodiscard]] std::vector<Batch> take(std::size_t max_records,
                                          std::chrono::steady_clock::time_point until);
    /// Makes a `take` under way, or else the next one, return at once; any thread.
    void wake();

   private:
    friend class Relay;
    Relay& relay_;
    // Guarded by the relay's mutex.
    std::optional<std::uint64_t> next_;  ///< number of the batch to take; none: not joined
    bool woken_ = false;
  };

  explicit Relay(std::size_t max_bytes) : max_bytes_(max_bytes) {}

 private:
  struct Kept {
    Batch batch;
    std::size_t bytes = 0;
    std::vector<Offset> before;  ///< where the leader stood in each partition
  };

  void begin(std::span<const Start> starts) FP_EXCLUDES(mutex_);
  void end() FP_EXCLUDES(mutex_);
  void add(Batch batch) FP_EXCLUDES(mutex_);
  [[nodiscard]] std::optional<std::uint64_t> find(std::span<const Start> starts) const
      FP_REQUIRES(mutex_);
  /// Whether it waits for the next batch.
  [[nodiscard]] bool waits(const Follower& follower) const FP_REQUIRES(mutex_);
  /// What all followers have taken, and what is too much.
  void drop() FP_REQUIRES(mutex_);

  const std::size_t max_bytes_;
  mutable runtime::Mutex mutex_;
  runtime::Condition changed_;
  bool led_ FP_GUARDED_BY(mutex_) = false;
  std::vector<Offset> position_ FP_GUARDED_BY(mutex_);  ///< by partition; -1: not the leader's
  std::deque<Kept> kept_ FP_GUARDED_BY(mutex_);
  std::uint64_t first_ FP_GUARDED_BY(mutex_) = 0;  ///< number of the first one kept
  std::size_t bytes_ FP_GUARDED_BY(mutex_) = 0;
  std::set<Follower*> followers_ FP_GUARDED_BY(mutex_);
};

}  // namespace flashpoll::ledger
