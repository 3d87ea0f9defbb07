#include "infra/pg/binary.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

#include "infra/pg/types.h"
#include "infra/runtime/fault.h"

namespace flashpoll::pg {
namespace {

template <typename Unsigned>
void append_big_endian(std::string& to, Unsigned value) {
  char bytes[sizeof value];
  for (std::size_t i = sizeof value; i-- > 0; value = static_cast<Unsigned>(value >> 8)) {
    bytes[i] = static_cast<char>(value & 0xff);
  }
  to.append(bytes, sizeof bytes);
}

template <typename Signed>
Signed read_big_endian(std::string_view from) {
  std::make_unsigned_t<Signed> value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    value = static_cast<decltype(value)>(value << 8 | static_cast<unsigned char>(from[i]));
  }
  return static_cast<Signed>(value);
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

template <typename Value, typename Append>
std::string array_of(unsigned element_type, std::span<const Value> values, std::size_t size_bytes,
                     Append append) {
  std::string array;
  array.reserve(20 + size_bytes);
  append_int32(array, values.empty() ? 0 : 1);  // dimensions
  append_int32(array, 0);                       // no NULL inside
  append_int32(array, static_cast<std::int32_t>(element_type));
  if (values.empty()) return array;
  append_int32(array, static_cast<std::int32_t>(values.size()));
  append_int32(array, 1);  // lower bound
  for (const Value& value : values) append(array, value);
  return array;
}

std::string array_of_bytes(unsigned element_type, std::span<const std::string_view> values) {
  std::size_t size_bytes = 0;
  for (const std::string_view value : values) size_bytes += 4 + value.size();
  return array_of(element_type, values, size_bytes, [](std::string& to, std::string_view value) {
    append_int32(to, static_cast<std::int32_t>(value.size()));
    to.append(value);
  });
}

}  // namespace

void append_int16(std::string& to, std::int16_t value) {
  append_big_endian(to, static_cast<std::uint16_t>(value));
}
void append_int32(std::string& to, std::int32_t value) {
  append_big_endian(to, static_cast<std::uint32_t>(value));
}
void append_int64(std::string& to, std::int64_t value) {
  append_big_endian(to, static_cast<std::uint64_t>(value));
}

std::string smallint_array(std::span<const std::int16_t> values) {
  return array_of(kInt2, values, 6 * values.size(), [](std::string& to, std::int16_t value) {
    append_int32(to, 2);
    append_int16(to, value);
  });
}

std::string integer_array(std::span<const std::int32_t> values) {
  return array_of(kInt4, values, 8 * values.size(), [](std::string& to, std::int32_t value) {
    append_int32(to, 4);
    append_int32(to, value);
  });
}

std::string bigint_array(std::span<const std::int64_t> values) {
  return array_of(kInt8, values, 12 * values.size(), [](std::string& to, std::int64_t value) {
    append_int32(to, 8);
    append_int64(to, value);
  });
}

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
}

CopyRows& CopyRows::row(std::int16_t columns) {
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
  append_int32(data_, 2);
  append_int16(data_, value);
  return *this;
}

CopyRows& CopyRows::integer(std::int32_t value) {
  append_int32(data_, 4);
  append_int32(data_, value);
  return *this;
}

CopyRows& CopyRows::bigint(std::int64_t value) {
  append_int32(data_, 8);
  append_int64(data_, value);
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
