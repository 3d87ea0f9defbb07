#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace flashpoll::events {

/// Why an entry is void: the first that applies, in this order. The numbers are storage and wire
/// format.
enum class Reason : std::uint8_t {
  none = 0,  ///< counted
  poll_exists = 1,
  poll_hidden = 2,
  poll_closed = 3,
  repeat = 4,
  vote_id_reused = 5,
  poll_not_open = 6,
  invalid_choices = 7,
  change_not_allowed = 8,
  already_voted = 9,
  stale_replace = 10,
  too_early = 11,
  not_later = 12,
  codes_taken = 13,
  wrong_eligibility = 14,
};
inline constexpr int kLastReason = 14;

/// "poll_exists" …; empty for `none`.
[[nodiscard]] std::string_view name(Reason reason);
[[nodiscard]] std::optional<Reason> parse_reason(std::string_view name);

}  // namespace flashpoll::events
