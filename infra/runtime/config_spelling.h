#pragma once

#include <span>
#include <string>
#include <string_view>

#include "infra/runtime/config.h"

namespace flashpoll::runtime {

inline constexpr std::string_view kEnvironmentPrefix = "FLASHPOLL_";

/// How a source writes a setting's name: `name_of`, `flag_of`, `environment_of`.
using Spelling = std::string (*)(const Setting&);

[[nodiscard]] std::string name_of(const Setting& setting);

/// Throws Misconfigured that names the nearest setting, as that source writes it.
[[noreturn]] void refuse_unknown(std::span<const Setting> table, std::string_view unknown,
                                 std::string_view where, Spelling spelling);

}  // namespace flashpoll::runtime
