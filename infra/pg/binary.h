#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

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
  CopyRows& bytes(std::string_view value);  ///< text, bytea, uuid, or an array made above
  CopyRows& null();

  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// The row begun last, as it will be sent.
  [[nodiscard]] std::string_view last() const { return std::string_view(data_).substr(row_); }
  /// Drops all rows and keeps their memory.
  void clear();
  /// Ends the data; nothing may be added any more.
  [[nodiscard]] std::string finish() &&;

 private:
  std::string data_;
  std::size_t row_ = 0;  ///< where the last one begins
  std::size_t rows_ = 0;
};

/// A row of COPY data.
class CopyRow {
 public:
  explicit CopyRow(std::string_view bytes) : bytes_(bytes) {}
  /// All of it, as it was sent.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  /// A column that is a bigint, and so are all before it, and none is NULL. Throws Corrupt.
  [[nodiscard]] std::int64_t bigint(std::size_t column) const;

 private:
  std::string_view bytes_;
};

/// Cuts `COPY … TO STDOUT (FORMAT binary)`, which comes in pieces of any size, into rows.
class CopyReader {
 public:
  explicit CopyReader(std::function<void(const CopyRow&)> on_row) : on_row_(std::move(on_row)) {}

  /// Calls `on_row` for each row that is whole. Throws Corrupt when the data break the format.
  void add(std::string_view piece);
  /// Whether the end of the data came.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  [[nodiscard]] bool take(std::string_view& data);

  const std::function<void(const CopyRow&)> on_row_;
  std::string rest_;  ///< of the last piece, the beginning of a row
  bool began_ = false;
  bool ended_ = false;
};

}  // namespace flashpoll::pg
