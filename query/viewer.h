#pragma once

#include <optional>
#include <string>

#include "events/credentials.h"
#include "infra/http/http.h"
#include "query/rows.h"

namespace flashpoll::query {

/// What a caller has shown of himself; empty where he has shown nothing.
struct Viewer {
  std::string token;  ///< header `Voter-Token`, or the cookie `fp_voter`; the header wins
  std::string code;   ///< header `Voter-Code`
};

[[nodiscard]] Viewer viewer_of(const http::Request& request);

/// The voter of this poll whom the viewer is: by the token in an open poll, by the code where codes
/// were issued. Empty when he shows no valid credential of that kind, and in trusted polls, whose
/// voters hold none.
[[nodiscard]] std::optional<events::VoterTag> voter_of(const events::Mac& mac, const PollRow& poll,
                                                       const Viewer& viewer);

}  // namespace flashpoll::query
