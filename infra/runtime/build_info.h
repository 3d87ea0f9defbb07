#pragma once

#include <string_view>

namespace flashpoll::runtime {

/// `0.1.0`.
[[nodiscard]] std::string_view version();

/// Short git revision of the sources, with `+` when they were changed; empty outside a repository.
[[nodiscard]] std::string_view revision();

}  // namespace flashpoll::runtime
