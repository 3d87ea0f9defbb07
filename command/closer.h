#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "events/fold.h"

namespace flashpoll::command {

/// Knows when which poll wants its deadline announced. Pure; time is the ledger's as
/// `Setting::ledger_now` tells it. A closing entry only announces: what counts, the fold has
/// decided by the votes' own times.
class Closer {
 public:
  /// `seed` spreads the nodes' announcements over half a second, so that mostly one of them
  /// appends.
  explicit Closer(std::uint64_t seed) : seed_(seed) {}

  /// To be told every judged record, in order. One that shows an announced poll before its end
  /// tells that `ledger_now` is ahead: the poll then rests for the time it still has, a minute at
  /// most, so that a wrong clock does not fill the ledger with announcements.
  void observe(const events::Poll& poll);
  /// A poll that a snapshot or un-parking put in place, or one that parked (`poll` then not looked
  /// at).
  void forget(events::PollId id);

  /// The polls whose closing is due; each rests for a second and then is due again.
  [[nodiscard]] std::vector<events::PollId> due(events::TimeMs ledger_now,
                                                std::int64_t monotonic_ms);

 private:
  struct Timer {
    events::TimeMs closes_at = 0;
    events::TimeMs at = 0;  ///< to be announced from then on
    bool resting = false;
    std::int64_t announced_ms = 0;    ///< monotonic, as the next one
    std::int64_t rests_until_ms = 0;  ///< while resting
  };
  void arm(events::PollId id, events::TimeMs closes_at, events::TimeMs at);
  void rest(events::PollId id, Timer& timer, std::int64_t until_ms);
  void wake(std::int64_t monotonic_ms);
  void unlink(events::PollId id, const Timer& timer);
  [[nodiscard]] events::TimeMs jitter(events::PollId id) const;

  std::uint64_t seed_;
  boost::unordered_flat_map<events::PollId, Timer, std::hash<events::PollId>> timers_;
  std::set<std::pair<events::TimeMs, events::PollId>> armed_;  ///< by `at`
  std::set<std::pair<std::int64_t, events::PollId>> resting_;  ///< by `rests_until_ms`
};

}  // namespace flashpoll::command
