#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/event.h"
#include "events/reason.h"
#include "events/voters.h"

/// State of one poll, and the rules that judge an event against it. Pure.
namespace flashpoll::events {

/// An entry that ended the poll.
struct Ending {
  Seq seq;
  TimeMs at = 0;
};

struct Poll {
  PollOpened settings;               ///< as opened, but `closes_at` as extended
  Seq next_seq;                      ///< number of the next record of this poll
  TimeMs at = 0;                     ///< time of the last record: never steps back
  TimeMs opened_at = 0;              ///< time of the opening
  TimeMs first_closes_at = 0;        ///< `closes_at` as opened, before any extension
  std::vector<std::uint64_t> votes;  ///< per choice
  std::uint64_t standing = 0;        ///< voters with a standing ballot
  std::uint64_t counted = 0;         ///< counted entries, all types
  std::uint64_t voided = 0;
  std::uint32_t codes_issued = 0;
  std::optional<Ending> closed;  ///< by a closing or a hiding entry, whichever came first
  std::optional<Ending> hidden;
  std::optional<Ending> extended;  ///< the latest counted extension
  std::optional<Ending> issued;    ///< the latest counted issue of codes
  Voters voters;
};

/// Whether this request is the voter's latest counted entry: voter, vote_id, type and content
/// alike.
[[nodiscard]] bool is_repeat(const Standing& standing, const VoteCast& vote);
[[nodiscard]] bool is_repeat(const Standing& standing, const VoteRetracted& retraction);

/// The latest counted entry of the event's voter, where it has a voter who has one.
[[nodiscard]] std::optional<Standing> latest_of(const Poll& poll, const Event& event);

/// The verdict on an event of an existing poll that is appended at `at` (already max'ed with the
/// poll's): `none` when it counts, else the first reason that applies. `latest` is its voter's.
[[nodiscard]] Reason judge(const Poll& poll, const Event& event, TimeMs at,
                           const std::optional<Standing>& latest);

}  // namespace flashpoll::events
