#include "query/parameters.h"

#include <algorithm>
#include <limits>

#include "infra/json/json.h"
#include "infra/runtime/time.h"

namespace flashpoll::query {

namespace {

constexpr std::uint64_t kMaxInteger = std::numeric_limits<std::int64_t>::max();

/// A client's bytes in our own words: plain ASCII, not much of it.
std::string shown(std::string_view name) {
  std::string out(name.substr(0, 40));
  std::replace_if(out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

}  // namespace

Parameters::Parameters(std::span<const http::Parameter> given)
    : given_(given), asked_(given.size(), false) {}

std::optional<std::string_view> Parameters::text(std::string_view name) {
  std::optional<std::string_view> found;
  for (std::size_t i = 0; i < given_.size(); ++i) {
    if (given_[i].first != name) continue;
    asked_[i] = true;
    if (found) refuse(name, "is given twice");
    found = given_[i].second;
  }
  return found;
}

std::optional<std::uint64_t> Parameters::integer(std::string_view name, std::uint64_t min,
                                                 std::uint64_t max) {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto read = json::parse_integer(*given);
  const auto value = static_cast<std::uint64_t>(read.value_or(0));
  if (read && value >= min && value <= max) return value;
  refuse(name, "must be a whole number, " + std::to_string(min) + " … " + std::to_string(max));
  return std::nullopt;
}

std::optional<events::Seq> Parameters::seq(std::string_view name) {
  const auto value = integer(name, 0, kMaxInteger);
  return value ? std::optional(events::Seq(*value)) : std::nullopt;
}

std::optional<events::TimeMs> Parameters::time(std::string_view name) {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto value = runtime::parse_time(*given);
  if (!value) refuse(name, "must be a time such as 2026-11-20T12:00:00.000Z");
  return value;
}

std::optional<std::string_view> Parameters::one_of(
    std::string_view name, std::initializer_list<std::string_view> allowed) {
  const auto given = text(name);
  if (!given || std::find(allowed.begin(), allowed.end(), *given) != allowed.end()) return given;
  std::string why = "must be one of";
  for (const std::string_view value : allowed) why.append(" ").append(value);
  refuse(name, why);
  return std::nullopt;
}

void Parameters::refuse(std::string_view name, std::string_view why) {
  if (!trouble_.empty()) trouble_ += "; ";
  trouble_.append(name).append(" ").append(why);
}

std::optional<Refused> Parameters::refused() {
  for (std::size_t i = 0; i < given_.size(); ++i) {
    if (!asked_[i]) refuse(shown(given_[i].first), "is not a parameter of this address");
  }
  if (trouble_.empty()) return std::nullopt;
  return Refused{events::Refusal::bad_request, trouble_ + "."};
}

}  // namespace flashpoll::query
