#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "infra/ledger/ledger.h"
#include "infra/ledger/segment.h"
#include "infra/runtime/mutex.h"
#include "infra/runtime/wake.h"

namespace flashpoll::ledger {

/// A segment that is committed, as its row holds it.
struct LandedSegment {
  SegmentHead head;
  std::shared_ptr<const std::string> payload;
};

/// The segments that this process committed last, so that its own tails need not ask the server
/// for them: most of what a single node reads it has written a moment before. Bounded in bytes, the
/// oldest go first. Any thread.
class LandedSegments {
 public:
  /// Told of what lands, for as long as it lives. `wake` must outlive it.
  class Listener {
   public:
    Listener(LandedSegments& segments, const runtime::Wake& wake);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    /// Whether something landed since the last call that is not kept here: the server has it.
    [[nodiscard]] bool take_missed() { return missed_.exchange(false); }

   private:
    friend class LandedSegments;
    LandedSegments& segments_;
    const runtime::Wake& wake_;
    std::atomic<bool> missed_ = false;
  };

  explicit LandedSegments(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// The appender's number in ledger.writers, which its notifications carry; 0: none yet.
  void set_writer(std::int64_t writer) { writer_ = writer; }
  [[nodiscard]] std::int64_t writer() const { return writer_; }

  void add(std::vector<LandedSegment> segments) FP_EXCLUDES(mutex_);
  /// A batch landed, but where was not told.
  void missed() FP_EXCLUDES(mutex_);

  /// The unbroken runs of kept segments that begin at these offsets.
  [[nodiscard]] std::vector<LandedSegment> from(std::span<const Start> starts) const
      FP_EXCLUDES(mutex_);

 private:
  using Place = std::pair<Partition, Offset>;

  void make_room() FP_REQUIRES(mutex_);

  const std::size_t max_bytes_;
  std::atomic<std::int64_t> writer_ = 0;
  mutable runtime::Mutex mutex_;
  std::map<Place, LandedSegment> kept_ FP_GUARDED_BY(mutex_);
  std::deque<Place> in_order_ FP_GUARDED_BY(mutex_);  ///< of landing
  std::size_t bytes_ FP_GUARDED_BY(mutex_) = 0;
  std::set<Listener*> listeners_ FP_GUARDED_BY(mutex_);
};

}  // namespace flashpoll::ledger
