#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "events/ids.h"
#include "events/refusal.h"
#include "infra/http/http.h"

namespace flashpoll::query {

/// A read that is not granted. `detail` empty: the refusal table's advice says enough.
struct Refused {
  events::Refusal refusal = events::Refusal::bad_request;
  std::string detail{};
  /// With `no_such_vote`: the retraction that a next ballot has to replace.
  std::optional<events::Seq> latest{};
  /// With `credential_missing`: what `WWW-Authenticate` asks for.
  std::string_view challenge = kBearer;

  static constexpr std::string_view kBearer = "Bearer realm=\"flashpoll\"";
  static constexpr std::string_view kVoterToken = "Voter-Token realm=\"flashpoll\"";
  static constexpr std::string_view kVoterCode = "Voter-Code realm=\"flashpoll\"";
};

/// `instance`: the path that was asked for.
[[nodiscard]] http::Response to_response(const Refused& refused, std::string_view instance);

/// What a read gives its handler.
using Reply = std::variant<http::Response, Refused>;

}  // namespace flashpoll::query
