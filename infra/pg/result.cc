#include "infra/pg/result.h"

#include <libpq-fe.h>

#include <charconv>
#include <string>

#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::pg {
namespace {

std::int64_t from_text(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Corrupt("PostgreSQL gave no integer: " + std::string(text.substr(0, 32)));
  }
  return value;
}

std::int64_t from_binary(std::string_view bytes) {
  if (bytes.size() != 2 && bytes.size() != 4 && bytes.size() != 8) {
    throw Corrupt("PostgreSQL gave an integer of " + std::to_string(bytes.size()) + " bytes");
  }
  // The sign fills what the shorter types lack.
  std::uint64_t value = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

}  // namespace

int Result::rows() const { return result_ ? PQntuples(result_.get()) : 0; }
int Result::columns() const { return result_ ? PQnfields(result_.get()) : 0; }

std::string_view Result::command() const { return result_ ? PQcmdStatus(result_.get()) : ""; }

std::int64_t Result::affected() const {
  const std::string_view text = result_ ? PQcmdTuples(result_.get()) : "";
  return text.empty() ? 0 : from_text(text);
}

bool Result::is_null(int row, int column) const {
  FP_CHECK(row >= 0 && row < rows() && column >= 0 && column < columns(), "a cell of the result");
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view Result::bytes(int row, int column) const {
  FP_CHECK(row >= 0 && row < rows() && column >= 0 && column < columns(), "a cell of the result");
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t Result::integer(int row, int column) const {
  if (is_null(row, column)) throw Corrupt("PostgreSQL gave NULL instead of an integer");
  const std::string_view value = bytes(row, column);
  return PQfformat(result_.get(), column) == 0 ? from_text(value) : from_binary(value);
}

}  // namespace flashpoll::pg
