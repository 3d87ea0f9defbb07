#pragma once

#include <span>
#include <string>
#include <vector>

namespace flashpoll::app {

/// How CHOICE is to be read. A choice's text may be another one's number.
enum class ChoiceKind : std::uint8_t { either, number, text };

/// Indices from 0 of what was given: a number from 1, or a choice's exact text. Throws
/// Misconfigured for what is neither, and for what is both and would mean two choices.
[[nodiscard]] std::vector<std::size_t> resolve_choices(std::span<const std::string> choices,
                                                       std::span<const std::string> given,
                                                       ChoiceKind kind = ChoiceKind::either);

}  // namespace flashpoll::app
