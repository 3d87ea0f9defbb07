#pragma once

#include <optional>
#include <string>
#include <utility>
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
};

/// What a read gives its handler.
using Reply = std::variant<http::Response, Refused>;

}  // namespace flashpoll::query
