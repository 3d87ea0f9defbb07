#include <algorithm>
#include <charconv>
#include <limits>

#include "infra/json/json.h"

namespace flashpoll::json {

Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

std::optional<std::int64_t> Value::integer() const {
  return is(Kind::number) ? parse_integer(number()) : std::nullopt;
}

const Value* Value::find(std::string_view name) const {
  if (!is(Kind::object)) return nullptr;
  const auto found = std::ranges::find(object(), name, &Member::name);
  return found == object().end() ? nullptr : &found->value;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const bool digits =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::int64_t>::max();
  return number;
}

namespace {

/// Length of the sequence that `lead` begins, and the range of its second byte; 0: no lead.
struct Sequence {
  int length;
  unsigned char second_least, second_most;
};

Sequence sequence_of(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead < 0xF0) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

// Table 3-7 of the Unicode standard: well-formed UTF-8 byte sequences.
bool valid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto [length, least, most] = sequence_of(static_cast<unsigned char>(text[i]));
    if (length == 0 || i + static_cast<std::size_t>(length) > text.size()) return false;
    for (int k = 1; k < length; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      const bool fits = k == 1 ? byte >= least && byte <= most : byte >= 0x80 && byte <= 0xBF;
      if (!fits) return false;
    }
    i += static_cast<std::size_t>(length);
  }
  return true;
}

}  // namespace flashpoll::json
