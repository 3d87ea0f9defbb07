#pragma once

#include <array>
#include <string_view>

/// How strings of canonical bytes are escaped: RFC 8785 section 3.2.2.2.
namespace flashpoll::events {

/// All characters that are written as an escape, but U+0000, which no event holds.
inline constexpr std::string_view kEscaped =
    "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"
    "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F\"\\";

/// How `c` is written; empty where it stands for itself.
[[nodiscard]] constexpr std::string_view escape_of(char c) {
  constexpr std::array<std::string_view, 32> kControls = {
      "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007",
      "\\b",     "\\t",     "\\n",     "\\u000b", "\\f",     "\\r",     "\\u000e", "\\u000f",
      "\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014", "\\u0015", "\\u0016", "\\u0017",
      "\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c", "\\u001d", "\\u001e", "\\u001f"};
  if (c == '"') return "\\\"";
  if (c == '\\') return "\\\\";
  const auto code = static_cast<unsigned char>(c);
  return code < kControls.size() ? kControls[code] : std::string_view();
}

}  // namespace flashpoll::events
