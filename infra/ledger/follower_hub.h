#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "infra/ledger/follower.h"
#include "infra/ledger/ledger.h"
#include "infra/runtime/mutex.h"

/// Between the follower's thread and its readers; nobody else includes this.
namespace flashpoll::ledger {

class RecordBatch {
 public:
  explicit RecordBatch(std::span<const Record> records);
  RecordBatch(const RecordBatch&) = delete;
  RecordBatch& operator=(const RecordBatch&) = delete;
  [[nodiscard]] std::span<const Record> records() const { return records_; }

 private:
  std::string bytes_;
  std::vector<Record> records_;  ///< views into `bytes_`
};

/// Offsets by partition, -1 for a partition that is not followed.
using Places = std::vector<Offset>;
[[nodiscard]] Places places_of(std::span<const Start> starts);

/// The queue of one reader. Its members are the hub's, under the hub's mutex.
struct FollowerQueue {
  std::deque<std::shared_ptr<const RecordBatch>> batches;
  bool woken = false;
};

class Follower::Hub {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Hub(std::span<const Start> starts, const FollowerLimits& limits);

  // The follower's thread.
  /// Waits until all queues have room, then gives them the batch. False when stopped.
  [[nodiscard]] bool publish(std::shared_ptr<const RecordBatch> batch) FP_EXCLUDES(mutex_);
  void unavailable(const std::string& what) FP_EXCLUDES(mutex_);
  void available() FP_EXCLUDES(mutex_);
  void corrupt(const std::string& what) FP_EXCLUDES(mutex_);
  void pause(std::chrono::milliseconds time) FP_EXCLUDES(mutex_);
  void stop() FP_EXCLUDES(mutex_);

  // Readers.
  /// When `next` is not far behind: adds the queue, which gets all records from the returned places
  /// on.
  [[nodiscard]] std::optional<Places> join(FollowerQueue& queue, const Places& next)
      FP_EXCLUDES(mutex_);
  void leave(FollowerQueue& queue) FP_EXCLUDES(mutex_);
  /// The next batch, or nothing at `until` or after a wake. Throws what the follower met.
  [[nodiscard]] std::shared_ptr<const RecordBatch> pop(FollowerQueue& queue, Time until)
      FP_EXCLUDES(mutex_);
  void wake(FollowerQueue& queue) FP_EXCLUDES(mutex_);
  [[nodiscard]] bool take_wake(FollowerQueue& queue) FP_EXCLUDES(mutex_);

 private:
  [[nodiscard]] bool has_room() const FP_REQUIRES(mutex_);

  const FollowerLimits limits_;
  mutable runtime::Mutex mutex_;
  runtime::Condition filled_;   ///< for readers
  runtime::Condition emptied_;  ///< for the follower
  std::set<FollowerQueue*> queues_ FP_GUARDED_BY(mutex_);
  Places places_ FP_GUARDED_BY(mutex_);  ///< after the last published batch
  std::string unavailable_ FP_GUARDED_BY(mutex_);
  std::string corrupt_ FP_GUARDED_BY(mutex_);
  bool stopped_ FP_GUARDED_BY(mutex_) = false;
};

class Follower::Reader final : public Tail {
 public:
  Reader(Hub& hub, std::unique_ptr<Tail> own, std::span<const Start> starts);
  ~Reader() override;

  std::span<const Record> read(std::size_t max_records, std::chrono::milliseconds wait) override;
  void wake() override FP_EXCLUDES(mutex_);

 private:
  using Time = std::chrono::steady_clock::time_point;

  /// While there is a tail of its own: reads it, or leaves it behind.
  [[nodiscard]] std::span<const Record> read_own(std::size_t max_records, Time until);
  void drop_own() FP_EXCLUDES(mutex_);
  /// Fills `records_` from the batch at hand.
  void take(std::size_t max_records);
  [[nodiscard]] bool reached() const;

  Hub& hub_;
  runtime::Mutex mutex_;                             ///< wake against the end of `own_`
  std::unique_ptr<Tail> own_ FP_GUARDED_BY(mutex_);  ///< set by the reading thread alone
  Tail* reading_ = nullptr;                          ///< the same, for the reading thread
  Places next_;
  std::optional<Places> joined_at_;
  FollowerQueue queue_;
  std::shared_ptr<const RecordBatch> batch_;
  std::size_t taken_ = 0;  ///< records of the batch that are behind
  std::vector<Record> records_;
};

}  // namespace flashpoll::ledger
