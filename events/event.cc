#include "events/event.h"

#include <array>

namespace flashpoll::events {

namespace {

constexpr std::array<std::string_view, 7> kTypes = {
    "poll.opened.v1",   "vote.cast.v1",   "vote.retracted.v1", "codes.issued.v1",
    "poll.extended.v1", "poll.closed.v1", "poll.hidden.v1"};
static_assert(kTypes.size() == std::variant_size_v<Event>);

constexpr std::array<std::string_view, 2> kMethods = {"plurality", "approval"};
constexpr std::array<std::string_view, 3> kResults = {"live", "after_vote", "after_close"};
constexpr std::array<std::string_view, 3> kEligibilities = {"open", "codes", "trusted"};
constexpr std::array<std::string_view, 2> kClosedBy = {"owner", "deadline"};

template <std::size_t N>
std::optional<int> index_of(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<int>(i);
  }
  return std::nullopt;
}

template <typename Enum, std::size_t N>
std::optional<Enum> parse_enum(const std::array<std::string_view, N>& names,
                               std::string_view name) {
  const auto index = index_of(names, name);
  if (!index) return std::nullopt;
  return static_cast<Enum>(*index);
}

}  // namespace

std::string_view name(Method method) { return kMethods.at(static_cast<std::size_t>(method)); }
std::string_view name(Results results) { return kResults.at(static_cast<std::size_t>(results)); }
std::string_view name(Eligibility eligibility) {
  return kEligibilities.at(static_cast<std::size_t>(eligibility));
}
std::string_view name(ClosedBy by) { return kClosedBy.at(static_cast<std::size_t>(by)); }

std::optional<Method> parse_method(std::string_view text) {
  return parse_enum<Method>(kMethods, text);
}
std::optional<Results> parse_results(std::string_view text) {
  return parse_enum<Results>(kResults, text);
}
std::optional<Eligibility> parse_eligibility(std::string_view text) {
  return parse_enum<Eligibility>(kEligibilities, text);
}
std::optional<ClosedBy> parse_closed_by(std::string_view text) {
  return parse_enum<ClosedBy>(kClosedBy, text);
}

std::string_view type_name(const Event& event) { return kTypes.at(event.index()); }

std::string_view type_name(int number) {
  if (number < 1 || number > static_cast<int>(kTypes.size())) return {};
  return kTypes[static_cast<std::size_t>(number) - 1];
}

std::optional<int> parse_type(std::string_view text) {
  const auto index = index_of(kTypes, text);
  if (!index) return std::nullopt;
  return *index + 1;
}

PollId poll_of(const Event& event) {
  return std::visit([](const auto& fields) { return fields.poll; }, event);
}

const VoterTag* voter_of(const Event& event) {
  return std::visit(
      [](const auto& fields) -> const VoterTag* {
        if constexpr (requires { fields.voter; }) return &fields.voter;
        return nullptr;
      },
      event);
}

}  // namespace flashpoll::events
