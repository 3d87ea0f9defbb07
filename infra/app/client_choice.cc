#include "infra/app/client_choice.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "infra/app/terminal.h"
#include "infra/json/json.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

std::optional<std::size_t> by_number(std::span<const std::string> choices,
                                     const std::string& given) {
  const auto number = json::parse_integer(given);
  if (!number || *number < 1 || static_cast<std::uint64_t>(*number) > choices.size()) return {};
  return static_cast<std::size_t>(*number - 1);
}

std::optional<std::size_t> by_text(std::span<const std::string> choices, const std::string& given) {
  const auto found = std::ranges::find(choices, given);
  if (found == choices.end()) return {};
  return static_cast<std::size_t>(found - choices.begin());
}

[[noreturn]] void refuse_unknown(std::span<const std::string> choices, const std::string& given) {
  std::string why = "'" + printable(given) + "' is no choice of this poll. It has:";
  for (std::size_t i = 0; i < choices.size(); ++i) {
    why += "\n  " + std::to_string(i + 1) + "  " + printable(choices[i]);
  }
  throw Misconfigured(why);
}

std::size_t resolve(std::span<const std::string> choices, const std::string& given,
                    ChoiceKind kind) {
  const auto number = kind == ChoiceKind::text ? std::nullopt : by_number(choices, given);
  const auto text = kind == ChoiceKind::number ? std::nullopt : by_text(choices, given);
  if (!number && !text) refuse_unknown(choices, given);
  if (number && text && *number != *text) {
    throw Misconfigured("'" + printable(given) +
                        "' is the number of one choice and the text of "
                        "another: say --by number or --by text");
  }
  return number ? *number : *text;
}

}  // namespace

std::vector<std::size_t> resolve_choices(std::span<const std::string> choices,
                                         std::span<const std::string> given, ChoiceKind kind) {
  std::vector<std::size_t> indices;
  for (const std::string& one : given) indices.push_back(resolve(choices, one, kind));
  return indices;
}

}  // namespace flashpoll::app
