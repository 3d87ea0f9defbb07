#pragma once

#include <utility>
#include <vector>

#include "events/ids.h"

namespace flashpoll::query {

/// Who is told what the projector has notified. Called on the listener's thread; must not block.
class Notified {
 public:
  virtual ~Notified() = default;
  using Reached = std::pair<events::PollId, events::Seq>;
  /// These polls have reached these seqs, or changed otherwise.
  virtual void notified(const std::vector<Reached>& polls) = 0;
  /// Anything may have changed: read all.
  virtual void notified_all() = 0;
};

}  // namespace flashpoll::query
