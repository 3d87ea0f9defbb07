#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "events/event.h"
#include "events/ids.h"

/// What the read tables hold, as values.
namespace flashpoll::query {

/// A result: the counts after the record `seq`.
struct Counts {
  events::Seq seq;
  events::TimeMs at = 0;             ///< of that record
  std::vector<std::uint64_t> votes;  ///< per choice
  std::uint64_t voters = 0;          ///< voters with a standing ballot
};

/// A poll with its latest result, read together.
struct PollRow {
  events::PollOpened settings;          ///< as opened, but `closes_at` as extended
  std::optional<events::Seq> extended;  ///< the latest counted extension
  std::optional<events::Seq> closed;    ///< the entry that ended it: a closing, or a hiding
  std::optional<events::Seq> hidden;
  std::uint32_t codes_issued = 0;
  bool parked = false;
  Counts latest;
};

}  // namespace flashpoll::query
