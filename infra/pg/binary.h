#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// PostgreSQL's binary wire format: integers big-endian, arrays as in `array_send`, COPY rows as in
/// the manual's page on COPY.
namespace flashpoll::pg {

void append_int16(std::string& to, std::int16_t value);
void append_int32(std::string& to, std::int32_t value);
void append_int64(std::string& to, std::int64_t value);

/// One-dimensional arrays: the whole value without a length in front.
[[nodiscard]] std::string integer_array(std::span<const std::int32_t> values);
[[nodiscard]] std::string bigint_array(std::span<const std::int64_t> values);
[[nodiscard]] std::string bytea_array(std::span<const std::string_view> values);
[[nodiscard]] std::string text_array(std::span<const std::string_view> values);
[[nodiscard]] std::string smallint_array(std::span<const std::int16_t> values);

/// Rows for `COPY … FROM STDIN (FORMAT binary)`: per row one `row(columns)`, then that many values
/// whose C++ kind is the column's type.
class CopyRows {
 public:
  CopyRows();
  CopyRows& row(std::int16_t columns);
  CopyRows& boolean(bool value);
  CopyRows& smallint(std::int16_t value);
  CopyRows& integer(std::int32_t value);
  CopyRows& bigint(std::int64_t value);
  CopyRows& bytes(std::string_view value);  ///< text, bytea, or an array made above
  CopyRows& null();

  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// Ends the data; nothing may be added any more.
  [[nodiscard]] std::string finish() &&;

 private:
  std::string data_;
  std::size_t rows_ = 0;
};

}  // namespace flashpoll::pg
