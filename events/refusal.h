#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "events/reason.h"

/// Every refusal that a client can meet from a role, with its status and words: one table.
namespace flashpoll::events {

enum class Refusal : std::uint8_t {
  bad_request,
  bad_json,
  unknown_member,
  credential_missing,
  credential_invalid,
  not_owner,
  origin_not_allowed,
  withheld,
  no_such_poll,
  no_such_entry,
  no_such_vote,
  not_json,
  poll_closed,
  poll_not_open,
  change_not_allowed,
  already_voted,
  stale_replace,
  not_later,
  wrong_eligibility,
  poll_hidden,
  invalid,
  invalid_choices,
  vote_id_reused,
  too_many_requests,
  overloaded,
  outcome_unknown,
  not_ready,
  poll_parked,
  wrong_secret,
  behind,
};

struct RefusalInfo {
  Refusal refusal;
  std::string_view code;    ///< as on the wire
  int status;               ///< HTTP
  std::string_view title;   ///< a few plain words
  std::string_view advice;  ///< one plain sentence: what it means and what to do
  int retry_after_s;        ///< 0: no Retry-After
};

[[nodiscard]] const RefusalInfo& info(Refusal refusal);
/// All rows, for documents and the pages under /problems/.
[[nodiscard]] std::span<const RefusalInfo> refusals();
/// What a void entry means to the client who made it. Asked only of reasons that reach a client.
[[nodiscard]] Refusal refusal_for(Reason reason);

}  // namespace flashpoll::events
