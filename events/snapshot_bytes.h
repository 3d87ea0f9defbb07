#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Numbers and strings of snapshots as bytes. Numbers are varints: 7 bits a byte, lowest first, the
/// high bit says that more follow.
namespace flashpoll::events {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  void byte(std::uint8_t value) { out_ += static_cast<char>(value); }
  void number(std::uint64_t value);
  void text(std::string_view value);
  template <std::size_t N>
  void bytes(const std::array<std::uint8_t, N>& value) {
    out_.append(reinterpret_cast<const char*>(value.data()), N);
  }

 private:
  std::string& out_;
};

/// Reads what ByteWriter wrote, from bytes that may be anything. After the first failure every
/// member returns zero or nothing, and `ok` stays false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] std::uint8_t byte();
  /// Fails above `max`.
  [[nodiscard]] std::uint64_t number(std::uint64_t max = ~std::uint64_t{0});
  /// How many items follow, each at least one byte long: so memory is bounded by the input.
  [[nodiscard]] std::size_t count() { return static_cast<std::size_t>(number(rest_.size())); }
  [[nodiscard]] std::string text();
  template <std::size_t N>
  void bytes(std::array<std::uint8_t, N>& out) {
    const std::string_view taken = take(N);
    for (std::size_t i = 0; i < taken.size(); ++i) out[i] = static_cast<std::uint8_t>(taken[i]);
  }
  void literal(std::string_view expected);

 private:
  /// Exactly `size` bytes, or none.
  std::string_view take(std::size_t size);

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace flashpoll::events
