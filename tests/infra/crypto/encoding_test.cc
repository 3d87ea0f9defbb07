#include "infra/crypto/encoding.h"

#include <doctest/doctest.h>

#include <string>

namespace flashpoll::crypto {

TEST_CASE("base64url writes the samples of RFC 4648 without padding") {
  CHECK(base64url_encode("").empty());
  CHECK(base64url_encode("f") == "Zg");
  CHECK(base64url_encode("fo") == "Zm8");
  CHECK(base64url_encode("foo") == "Zm9v");
  CHECK(base64url_encode("foob") == "Zm9vYg");
  CHECK(base64url_encode("fooba") == "Zm9vYmE");
  CHECK(base64url_encode("foobar") == "Zm9vYmFy");
  CHECK(base64url_encode("\xfb\xff\xfe") == "-__-");
}

TEST_CASE("base64url reads what it wrote, for every length and every byte") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(base64url_decode(base64url_encode(bytes)) == bytes);
    bytes += static_cast<char>(i * 7);
  }
}

TEST_CASE("base64url refuses every second spelling") {
  for (const char* text : {"Z", "Zg=", "Zg==", "Zh", "Zm9", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v",
                           "Zm9vZ", "Zm9\xc3\xa9"}) {
    CAPTURE(text);
    CHECK_FALSE(base64url_decode(text).has_value());
  }
  CHECK_FALSE(base64url_decode(std::string_view("Zm\0v", 4)).has_value());
  CHECK(base64url_decode("").value().empty());
}

TEST_CASE("hexadecimal digits go both ways, in lower case only") {
  CHECK(hex_encode(std::string_view("\x00\x7f\xff\x0a", 4)) == "007fff0a");
  CHECK(hex_decode("007fff0a") == std::string("\x00\x7f\xff\x0a", 4));
  CHECK(hex_decode("").value().empty());
  for (const char* text : {"0", "000", "0A", "0g", " 00", "00 "}) {
    CAPTURE(text);
    CHECK_FALSE(hex_decode(text).has_value());
  }
}

}  // namespace flashpoll::crypto
