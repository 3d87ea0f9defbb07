#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace flashpoll::runtime {

/// What a check found: a line of `readyz?verbose` or of `flashpoll doctor`, or the reason why a
/// start is refused.
struct Finding {
  enum class State : std::uint8_t { ok, warn, fail };
  std::string name;  ///< what was looked at: a setting, or a word
  State state = State::ok;
  std::string text;       ///< how it is
  std::string mend = {};  ///< what to do about it; empty when nothing is to be done
};

using Findings = std::vector<Finding>;

[[nodiscard]] bool any_fails(std::span<const Finding> findings);

/// Throws Misconfigured with text and mend of the first that fails.
void require(std::span<const Finding> findings);

}  // namespace flashpoll::runtime
