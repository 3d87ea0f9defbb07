#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/event.h"
#include "events/ids.h"
#include "events/reason.h"

/// What the read tables hold, as values.
namespace flashpoll::query {

/// A result: the counts after the record `seq`.
struct Counts {
  events::Seq seq;
  events::TimeMs at = 0;             ///< of that record
  std::vector<std::uint64_t> votes;  ///< per choice
  std::uint64_t voters = 0;          ///< voters with a standing ballot
  std::uint64_t counted = 0;         ///< entries of all types, up to this one
  std::uint64_t voided = 0;
};

/// A poll with its latest result, read together.
struct PollRow {
  events::PollOpened settings;  ///< as opened, but `closes_at` as extended
  events::TimeMs opened_at = 0;
  events::TimeMs first_closes_at = 0;  ///< as opened
  std::optional<events::Seq> closed;   ///< the entry that ended it: a closing, or a hiding
  std::optional<events::Seq> hidden;
  std::uint32_t codes_issued = 0;
  bool parked = false;
  Counts latest;
};

/// One entry of the audit trail. What does not apply to its type is empty.
struct EntryRow {
  events::Seq seq;
  events::TimeMs at = 0;
  int type = 0;  ///< storage number, see events/event.h
  events::Reason reason = events::Reason::none;
  std::optional<events::VoterTag> voter{};
  std::optional<events::Uuid> vote_id{};
  std::optional<events::Choices> choices{};
  std::optional<events::Seq> replaces{};
  events::Choices added{};
  events::Choices removed{};
  std::string body{};  ///< canonical bytes of what is neither vote nor retraction
};

}  // namespace flashpoll::query
