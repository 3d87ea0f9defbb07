#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Times are Unix milliseconds in 0 … kLastTimeMs, written as RFC 3339 in UTC. Durations are
/// milliseconds, written with a unit.
namespace flashpoll::runtime {

inline constexpr std::int64_t kLastTimeMs = 253'402'300'799'999;  ///< end of the year 9999

/// `2026-11-20T12:00:00.123Z`. `ms` must be in range.
[[nodiscard]] std::string format_time(std::int64_t ms);

/// Reads what `format_time` writes, and the same without the fraction. Upper-case T and Z, a date
/// that exists, no leap second; nothing otherwise.
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view text);

/// The largest unit of ms, s, m, h, d that divides it: `1500ms`, `90s`, `2h`.
[[nodiscard]] std::string format_duration(std::int64_t ms);

/// `0` or digits followed by one of ms, s, m, h, d; at most 365 days.
[[nodiscard]] std::optional<std::int64_t> parse_duration(std::string_view text);

}  // namespace flashpoll::runtime
