#include "infra/runtime/time.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <chrono>

#include "infra/runtime/check.h"

namespace flashpoll::runtime {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `text` has the shape of `pattern`, in which 0 stands for any digit.
bool has_shape(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (pattern[i] == '0' ? !is_digit(text[i]) : text[i] != pattern[i]) return false;
  }
  return true;
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

struct Unit {
  std::string_view name;
  std::int64_t ms;
};

constexpr std::array<Unit, 5> kUnits = {
    {{"d", kDayMs}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

}  // namespace

std::string format_time(std::int64_t ms) {
  FP_CHECK(ms >= 0 && ms <= kLastTimeMs, "a time is within the years 1970 to 9999");
  const std::chrono::sys_days day{std::chrono::days(ms / kDayMs)};
  const std::chrono::year_month_day date{day};
  const std::int64_t rest = ms % kDayMs;
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z"),
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), rest / 3'600'000, rest / 60'000 % 60,
                     rest / 1000 % 60, rest % 1000);
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  const bool fraction = has_shape(text, "0000-00-00T00:00:00.000Z");
  if (!fraction && !has_shape(text, "0000-00-00T00:00:00Z")) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) { return number(text.substr(at, size)); };
  const std::chrono::year_month_day date{std::chrono::year(part(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(part(8, 2)))};
  const int hour = part(11, 2);
  const int minute = part(14, 2);
  const int second = part(17, 2);
  if (!date.ok() || part(0, 4) < 1970 || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * kDayMs + hour * 3'600'000 + minute * 60'000 + second * 1000 +
         (fraction ? part(20, 3) : 0);
}

std::string format_duration(std::int64_t ms) {
  if (ms == 0) return "0";
  for (const Unit& unit : kUnits) {
    if (ms % unit.ms == 0) return fmt::format("{}{}", ms / unit.ms, unit.name);
  }
  return {};  // not reached: 1 divides everything
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  if (text == "0") return 0;
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits == 0 || digits > 9) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.name) continue;
    const std::int64_t ms = number(text.substr(0, digits)) * unit.ms;
    return ms <= 365 * kDayMs ? std::optional(ms) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace flashpoll::runtime
