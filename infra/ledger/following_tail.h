#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "infra/ledger/relay.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::ledger {

/// Delivers what a relay's leader reads, whatever that one makes of it. Where there is none, or
/// where this one is behind it by more than the relay keeps, it reads with a tail of its own
/// meanwhile.
class FollowingTail final : public Tail {
 public:
  using MakeTail = std::function<std::unique_ptr<Tail>(std::vector<Start>)>;

  /// `relay` must outlive it.
  FollowingTail(Relay& relay, std::vector<Start> starts, MakeTail make_own);

  std::span<const Record> read(std::size_t max_records, std::chrono::milliseconds wait) override;
  void wake() override;

 private:
  using Time = std::chrono::steady_clock::time_point;

  /// False when there is nobody to follow from here.
  [[nodiscard]] bool follow(std::size_t max_records, Time until);
  void read_own(std::size_t max_records, Time until);
  [[nodiscard]] std::shared_ptr<Tail> own() FP_EXCLUDES(mutex_);
  void set_own(std::shared_ptr<Tail> own) FP_EXCLUDES(mutex_);
  void take(const Record& record);

  const MakeTail make_own_;
  std::vector<Start> positions_;                   ///< first offsets to deliver
  std::vector<std::optional<std::size_t>> index_;  ///< where in `positions_` a partition is
  Relay::Follower follower_;
  std::vector<Relay::Batch> batches_;  ///< what the records' views point into
  std::vector<Record> records_;
  runtime::Mutex mutex_;
  /// None while it follows. Replaced by the reading thread alone, and only between its reads.
  std::shared_ptr<Tail> own_ FP_GUARDED_BY(mutex_);
  std::atomic<bool> woken_ = false;
};

}  // namespace flashpoll::ledger
