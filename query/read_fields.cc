#include "query/read_fields.h"

#include <charconv>
#include <cstring>

#include "infra/crypto/encoding.h"
#include "infra/runtime/fault.h"

namespace flashpoll::query::fields {

namespace {

[[noreturn]] void refuse(const pqxx::field& field) {
  throw Corrupt(std::string("the read tables hold a value that they cannot: column ") +
                field.name());
}

}  // namespace

std::string_view text(const pqxx::field& field) { return {field.c_str(), field.size()}; }

std::int64_t integer(const pqxx::field& field) {
  std::int64_t value = 0;
  const std::string_view digits = text(field);
  const auto end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || stop != end) refuse(field);
  return value;
}

events::Seq seq(const pqxx::field& field) {
  return events::Seq(static_cast<std::uint64_t>(integer(field)));
}

std::optional<events::Seq> seq_or_none(const pqxx::field& field) {
  return field.is_null() ? std::nullopt : std::optional(seq(field));
}

bool boolean(const pqxx::field& field) { return text(field) == "t"; }

events::Uuid uuid(const pqxx::field& field) {
  const auto value = events::Uuid::parse(text(field));
  if (!value) refuse(field);
  return *value;
}

std::string bytes(const pqxx::field& field) {
  const std::string_view value = text(field);
  if (!value.starts_with("\\x")) refuse(field);
  auto raw = crypto::hex_decode(value.substr(2));
  if (!raw) refuse(field);
  return std::move(*raw);
}

void bytes(const pqxx::field& field, std::uint8_t* out, std::size_t size) {
  const std::string raw = bytes(field);
  if (raw.size() != size) refuse(field);
  std::memcpy(out, raw.data(), size);
}

std::vector<std::uint64_t> integers(const pqxx::field& field) {
  std::vector<std::uint64_t> values;
  std::string_view rest = text(field);
  if (rest.size() < 2 || rest.front() != '{' || rest.back() != '}') refuse(field);
  rest = rest.substr(1, rest.size() - 2);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + comma, value);
    if (error != std::errc() || stop != rest.data() + comma) refuse(field);
    values.push_back(value);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return values;
}

events::Choices choices(const pqxx::field& field) {
  events::Choices out;
  for (const char byte : bytes(field)) out.push_back(static_cast<std::uint8_t>(byte));
  return out;
}

std::vector<std::string> texts(const pqxx::field& field) {
  std::vector<std::string> out;
  pqxx::array_parser parser = field.as_array();
  for (auto [juncture, value] = parser.get_next(); juncture != pqxx::array_parser::done;
       std::tie(juncture, value) = parser.get_next()) {
    if (juncture == pqxx::array_parser::string_value) out.push_back(value);
  }
  return out;
}

}  // namespace flashpoll::query::fields
