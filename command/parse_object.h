#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "command/bodies.h"
#include "infra/json/json.h"
#include "infra/json/object_reader.h"
#include "infra/json/plain_object.h"

namespace flashpoll::command {

[[nodiscard]] Rejection bad_json(const json::ParseError& error);

/// The same where the body is as plain as most of its kind: nothing when it is not, or when
/// anything is wrong with it, which `parse_object` then says.
template <class T, class Take>
std::optional<T> parse_plain(std::string_view body, Take take) {
  json::PlainObject reader(body);
  T result = take(reader);
  if (!reader.is_sound()) return std::nullopt;
  return result;
}

/// Parses a body, lets `take` read the members, then says all that is wrong at once.
template <class T, class Take>
Parsed<T> parse_object(std::string_view body, Take take) {
  const auto parsed = json::parse(body);
  if (const auto* error = std::get_if<json::ParseError>(&parsed)) return bad_json(*error);
  json::ObjectReader reader(std::get<json::Value>(parsed));
  T result = take(reader);
  if (auto unknown = reader.unknown(); !unknown.empty()) {
    return Rejection{events::Refusal::unknown_member, {}, std::move(unknown), {}};
  }
  if (!reader.errors().empty()) {
    return Rejection{events::Refusal::invalid, {}, reader.errors(), {}};
  }
  return result;
}

}  // namespace flashpoll::command
