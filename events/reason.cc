#include "events/reason.h"

#include <array>

namespace flashpoll::events {

namespace {

constexpr std::array<std::string_view, kLastReason + 1> kNames = {"",
                                                                  "poll_exists",
                                                                  "poll_hidden",
                                                                  "poll_closed",
                                                                  "repeat",
                                                                  "vote_id_reused",
                                                                  "poll_not_open",
                                                                  "invalid_choices",
                                                                  "change_not_allowed",
                                                                  "already_voted",
                                                                  "stale_replace",
                                                                  "too_early",
                                                                  "not_later",
                                                                  "codes_taken",
                                                                  "wrong_eligibility"};

}  // namespace

std::string_view name(Reason reason) { return kNames.at(static_cast<std::size_t>(reason)); }

std::optional<Reason> parse_reason(std::string_view text) {
  for (std::size_t i = 1; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Reason>(i);
  }
  return std::nullopt;
}

}  // namespace flashpoll::events
