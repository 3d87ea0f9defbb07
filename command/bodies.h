#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "command/commands.h"
#include "command/refusal_response.h"
#include "events/event.h"
#include "infra/http/http.h"

/// Request bodies, checked as far as they can be without any poll's state. Pure.
namespace flashpoll::command {

struct OpenBody {
  /// Question, choices and settings, times absolute; ids and hashes are still to come.
  events::PollOpened event;
  /// The body with defaults filled in and relative times kept relative: equal for retries.
  std::string normalised;
};
/// `now`: what relative times count from.
[[nodiscard]] Parsed<OpenBody> parse_open(std::string_view body, events::TimeMs now);

struct VoteBody {
  events::Choices choices;
  std::optional<events::Uuid> vote_id;
  std::optional<events::Seq> replaces;
  std::optional<std::string> code;
  std::optional<std::string> voter;
};
[[nodiscard]] Parsed<VoteBody> parse_vote(std::string_view body);

/// A line of a bulk ingestion: a ballot of a trusted caller, and its poll.
struct VoteLine {
  PollId poll;
  VoteBody vote;
};
[[nodiscard]] Parsed<VoteLine> parse_vote_line(std::string_view line);

struct ExtendBody {
  std::optional<events::TimeMs> closes_at;
  events::TimeMs by_ms = 0;
};
[[nodiscard]] Parsed<ExtendBody> parse_extend(std::string_view body);

struct CodesBody {
  std::uint32_t count = 0;
  std::optional<std::uint32_t> first;
};
[[nodiscard]] Parsed<CodesBody> parse_codes(std::string_view body);

/// Commands without members take no body, or `{}`.
[[nodiscard]] std::optional<Rejection> check_empty(std::string_view body);

/// Any list of integers as the choices of a ballot: what a ballot cannot hold is put so that every
/// poll judges it invalid.
[[nodiscard]] events::Choices to_choices(std::span<const std::int64_t> numbers);

}  // namespace flashpoll::command
