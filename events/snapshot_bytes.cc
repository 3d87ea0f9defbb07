#include "events/snapshot_bytes.h"

namespace flashpoll::events {

void ByteWriter::number(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
  byte(static_cast<std::uint8_t>(value));
}

void ByteWriter::text(std::string_view value) {
  number(value.size());
  out_ += value;
}

std::uint8_t ByteReader::byte() {
  const std::string_view taken = take(1);
  return taken.empty() ? 0 : static_cast<std::uint8_t>(taken.front());
}

std::uint64_t ByteReader::number(std::uint64_t max) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint64_t next = byte();
    if (shift == 63 && next > 1) break;
    value |= (next & 0x7F) << shift;
    if (next < 0x80) {
      ok_ = ok_ && value <= max;
      return ok_ ? value : 0;
    }
  }
  ok_ = false;
  return 0;
}

std::string ByteReader::text() { return std::string(take(count())); }

void ByteReader::literal(std::string_view expected) {
  if (take(expected.size()) != expected) ok_ = false;
}

std::string_view ByteReader::take(std::size_t size) {
  ok_ = ok_ && size <= rest_.size();
  if (!ok_) return {};
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

}  // namespace flashpoll::events
