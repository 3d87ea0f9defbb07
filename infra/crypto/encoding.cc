#include "infra/crypto/encoding.h"

#include <array>
#include <cstdint>

namespace flashpoll::crypto {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::uint8_t kInvalid = 0xff;

constexpr std::array<std::uint8_t, 256> values_of(std::string_view alphabet) {
  std::array<std::uint8_t, 256> values{};
  values.fill(kInvalid);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr auto kBase64Values = values_of(kBase64);
constexpr auto kHexValues = values_of(kHex);

// Both encodings are the same walk with digits of another width: bits gather on the left and leave
// on the right. Missing bits of the last digit are zero.
std::string encode(std::string_view bytes, std::string_view alphabet, unsigned width) {
  std::string text;
  text.reserve((bytes.size() * 8 + width - 1) / width);
  std::uint32_t gathered = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    gathered = gathered << 8 | static_cast<std::uint8_t>(byte);
    for (bits += 8; bits >= width; bits -= width) {
      text += alphabet[gathered >> (bits - width) & ((1U << width) - 1)];
    }
  }
  if (bits > 0) text += alphabet[gathered << (width - bits) & ((1U << width) - 1)];
  return text;
}

std::optional<std::string> decode(std::string_view text,
                                  const std::array<std::uint8_t, 256>& values, unsigned width) {
  std::string bytes;
  bytes.reserve(text.size() * width / 8);
  std::uint32_t gathered = 0;
  unsigned bits = 0;
  for (const char digit : text) {
    const std::uint8_t value = values[static_cast<std::uint8_t>(digit)];
    if (value == kInvalid) return std::nullopt;
    gathered = gathered << width | value;
    bits += width;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(gathered >> bits & 0xff);
    }
  }
  // A whole digit left over carries no byte; a bit set there would be a second spelling.
  if (bits >= width || (gathered & ((1U << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string base64url_encode(std::string_view bytes) { return encode(bytes, kBase64, 6); }

std::optional<std::string> base64url_decode(std::string_view text) {
  return decode(text, kBase64Values, 6);
}

std::string hex_encode(std::string_view bytes) { return encode(bytes, kHex, 4); }

std::optional<std::string> hex_decode(std::string_view text) { return decode(text, kHexValues, 4); }

}  // namespace flashpoll::crypto
