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

  /// To be told every judged record, in order.
  void observe(const events::Poll& poll);
  /// A poll that a snapshot or un-parking put in place, or one that parked (`poll` then not looked
  /// at).
  void forget(events::PollId id);

  /// The polls whose closing is due; each is armed again for a second later.
  [[nodiscard]] std::vector<events::PollId> due(events::TimeMs ledger_now);

 private:
  struct Timer {
    events::TimeMs at = 0;
    bool announced = false;
  };
  void arm(events::PollId id, Timer timer);
  [[nodiscard]] events::TimeMs jitter(events::PollId id) const;

  std::uint64_t seed_;
  std::set<std::pair<events::TimeMs, events::PollId>> order_;
  boost::unordered_flat_map<events::PollId, Timer, std::hash<events::PollId>> timers_;
};

}  // namespace flashpoll::command
