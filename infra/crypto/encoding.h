#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Bytes as text. Decoders are strict: each byte string has exactly one spelling.
namespace flashpoll::crypto {

/// RFC 4648 section 5, without padding: 16 bytes become 22 characters.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);

/// Nothing unless `text` is what `base64url_encode` writes: no padding, no white space, and the
/// unused low bits of the last character are zero.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

/// Lower-case hexadecimal digits.
[[nodiscard]] std::string hex_encode(std::string_view bytes);

/// Nothing unless `text` is what `hex_encode` writes.
[[nodiscard]] std::optional<std::string> hex_decode(std::string_view text);

}  // namespace flashpoll::crypto
