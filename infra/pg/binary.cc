#include "infra/pg/binary.h"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <optional>
#include <utility>

#include "infra/pg/types.h"
#include "infra/runtime/fault.h"

namespace flashpoll::pg {
namespace {

template <typename Integer>
void append_big_endian(std::string& to, Integer value) {
  const Integer bytes = boost::endian::native_to_big(value);
  to.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
}

/// With its length in front.
template <typename Integer>
void append_value(std::string& to, Integer value) {
  append_big_endian(to, static_cast<std::int32_t>(sizeof value));
  append_big_endian(to, value);
}

template <typename Integer>
Integer read_big_endian(std::string_view from) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(from.data());
  return boost::endian::endian_load<Integer, sizeof(Integer), boost::endian::order::big>(bytes);
}

constexpr std::string_view kCopySignature("PGCOPY\n\377\r\n\0", 11);
constexpr std::size_t kCopyHeader = kCopySignature.size() + 4 + 4;  // flags, size of an extension
constexpr std::size_t kCount = 2;
constexpr std::size_t kLength = 4;

[[noreturn]] void no_copy_data() { throw Corrupt("PostgreSQL: COPY data in another format"); }

/// Bytes of the row that `data` begins with; nothing when it is not whole. `data` holds its count.
std::optional<std::size_t> size_of_row(std::string_view data, std::int16_t columns) {
  std::size_t size = kCount;
  for (std::int16_t i = 0; i < columns; ++i) {
    if (data.size() < size + kLength) return std::nullopt;
    const auto length = read_big_endian<std::int32_t>(data.substr(size));
    size += kLength + static_cast<std::size_t>(std::max(length, 0));
  }
  if (data.size() < size) return std::nullopt;
  return size;
}

constexpr std::size_t kEmptyArray = 12;
constexpr std::size_t kArrayHead = kEmptyArray + 8;

template <typename Values, typename Append>
void append_array(std::string& to, unsigned element_type, const Values& values, Append append) {
  append_int32(to, values.empty() ? 0 : 1);  // dimensions
  append_int32(to, 0);                       // no NULL inside
  append_int32(to, static_cast<std::int32_t>(element_type));
  if (values.empty()) return;
  append_int32(to, static_cast<std::int32_t>(values.size()));
  append_int32(to, 1);  // lower bound
  for (const auto& value : values) append(to, value);
}

template <typename Integer>
std::string array_of(unsigned element_type, std::span<const Integer> values) {
  std::string array;
  array.reserve(kArrayHead + (kLength + sizeof(Integer)) * values.size());
  append_array(array, element_type, values, append_value<Integer>);
  return array;
}

std::string array_of_bytes(unsigned element_type, std::span<const std::string_view> values) {
  std::size_t size_bytes = kArrayHead;
  for (const std::string_view value : values) size_bytes += kLength + value.size();
  std::string array;
  array.reserve(size_bytes);
  append_array(array, element_type, values, [](std::string& to, std::string_view value) {
    append_int32(to, static_cast<std::int32_t>(value.size()));
    to.append(value);
  });
  return array;
}

}  // namespace

void append_int16(std::string& to, std::int16_t value) { append_big_endian(to, value); }
void append_int32(std::string& to, std::int32_t value) { append_big_endian(to, value); }
void append_int64(std::string& to, std::int64_t value) { append_big_endian(to, value); }

std::string integer_array(std::span<const std::int32_t> values) { return array_of(kInt4, values); }
std::string bigint_array(std::span<const std::int64_t> values) { return array_of(kInt8, values); }

std::string bytea_array(std::span<const std::string_view> values) {
  return array_of_bytes(kBytea, values);
}

std::string text_array(std::span<const std::string_view> values) {
  return array_of_bytes(kText, values);
}

CopyRows::CopyRows() {
  data_ = kCopySignature;
  append_int32(data_, 0);  // flags
  append_int32(data_, 0);  // no extension
  row_ = data_.size();
}

CopyRows& CopyRows::row(std::int16_t columns) {
  row_ = data_.size();
  append_int16(data_, columns);
  ++rows_;
  return *this;
}

CopyRows& CopyRows::boolean(bool value) {
  append_int32(data_, 1);
  data_ += static_cast<char>(value);
  return *this;
}

CopyRows& CopyRows::smallint(std::int16_t value) {
  append_value(data_, value);
  return *this;
}

CopyRows& CopyRows::integer(std::int32_t value) {
  append_value(data_, value);
  return *this;
}

CopyRows& CopyRows::bigint(std::int64_t value) {
  append_value(data_, value);
  return *this;
}

CopyRows& CopyRows::bytes(std::string_view value) {
  append_int32(data_, static_cast<std::int32_t>(value.size()));
  data_.append(value);
  return *this;
}

CopyRows& CopyRows::null() {
  append_int32(data_, -1);
  return *this;
}

void CopyRows::clear() {
  data_.resize(kCopyHeader);
  row_ = kCopyHeader;
  rows_ = 0;
}

std::string CopyRows::finish() && {
  append_int16(data_, -1);
  return std::move(data_);
}

std::int64_t CopyRow::bigint(std::size_t column) const {
  constexpr std::size_t kColumn = kLength + sizeof(std::int64_t);
  const std::size_t at = kCount + column * kColumn;
  if (bytes_.size() < at + kColumn) no_copy_data();
  if (read_big_endian<std::int32_t>(bytes_.substr(at)) != sizeof(std::int64_t)) no_copy_data();
  return read_big_endian<std::int64_t>(bytes_.substr(at + kLength));
}

void CopyReader::add(std::string_view piece) {
  // A piece is one row, as servers send them so far: then nothing is copied.
  std::string gathered;
  if (!rest_.empty()) {
    gathered = std::exchange(rest_, {}).append(piece);
    piece = gathered;
  }
  while (take(piece)) {
  }
  rest_ = piece;
}

bool CopyReader::take(std::string_view& data) {
  if (!began_) {
    if (data.size() < kCopyHeader) return false;
    const std::string_view header = data.substr(0, kCopyHeader);
    const bool plain =
        header.substr(kCopySignature.size()) == std::string_view("\0\0\0\0\0\0\0\0", 8);
    if (!header.starts_with(kCopySignature) || !plain) no_copy_data();
    data.remove_prefix(kCopyHeader);
    began_ = true;
  }
  if (data.size() < kCount) return false;
  if (ended_) no_copy_data();
  const auto columns = read_big_endian<std::int16_t>(data);
  ended_ = columns == -1;
  if (ended_) {
    data.remove_prefix(kCount);
    return !data.empty();
  }
  if (columns < 0) no_copy_data();
  const auto size = size_of_row(data, columns);
  if (!size) return false;
  on_row_(CopyRow(data.substr(0, *size)));
  data.remove_prefix(*size);
  return true;
}

}  // namespace flashpoll::pg
