#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

/// SHA-256 (FIPS 180-4), HMAC-SHA-256 (RFC 2104) and random bytes, from OpenSSL 3. Bytes come as
/// `std::string_view`. Each thread keeps contexts of its own, so a short hash costs no
/// allocation.
namespace flashpoll::crypto {

using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 of `bytes`. Any thread.
[[nodiscard]] Digest sha256(std::string_view bytes);

/// SHA-256 of bytes that come piece by piece. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);

  /// Digest of all since the start or the last `finish`; then it starts anew.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// HMAC-SHA-256 under one key, which is copied. Immutable: any number of threads at once.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key);
  /// Wipes the key.
  ~HmacSha256();
  HmacSha256(const HmacSha256&) = default;
  HmacSha256& operator=(const HmacSha256&) = default;

  [[nodiscard]] Digest mac(std::string_view message) const;

 private:
  std::string key_;
};

/// Fills `out` from OpenSSL's generator. Any thread; not after a fork without exec, where both
/// processes would draw the same.
void random_bytes(std::span<std::uint8_t> out);

template <std::size_t N>
[[nodiscard]] std::array<std::uint8_t, N> random_bytes() {
  std::array<std::uint8_t, N> out;
  random_bytes(out);
  return out;
}

/// Whether both are equal, in a time that depends on their lengths alone.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b);

/// The bytes of an array as the string_view that the functions above take.
[[nodiscard]] inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace flashpoll::crypto
