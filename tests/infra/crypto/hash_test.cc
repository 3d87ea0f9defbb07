#include "infra/crypto/hash.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "infra/crypto/encoding.h"

namespace flashpoll::crypto {
namespace {

std::string hex(const Digest& digest) { return hex_encode(as_text(digest)); }

constexpr std::string_view kAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kNothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180-4") {
  CHECK(hex(sha256("")) == kNothing);
  CHECK(hex(sha256({})) == kNothing);
  CHECK(hex(sha256("abc")) == kAbc);
  CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("incremental SHA-256 does not depend on the pieces, and starts anew after finish") {
  const std::string million(1'000'000, 'a');
  Sha256 hash;
  for (std::size_t at = 0, step = 1; at < million.size(); at += step, step = step * 2 + 1) {
    hash.update(std::string_view(million).substr(at, step));
  }
  CHECK(hex(hash.finish()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(hex(hash.finish()) == kNothing);
  hash.update("abc");
  Sha256 moved = std::move(hash);
  CHECK(hex(moved.finish()) == kAbc);
}

TEST_CASE("HMAC-SHA-256 gives the tags of RFC 4231") {
  CHECK(hex(HmacSha256(std::string(20, '\x0b')).mac("Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hex(HmacSha256("Jefe").mac("what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex(HmacSha256(std::string(131, '\xaa'))
                .mac("Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("an empty key is a key of its own, not the key used before") {
  const auto before = HmacSha256("Jefe").mac("x");
  CHECK(hex(HmacSha256("").mac("")) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  CHECK(HmacSha256("").mac("x") != before);
}

TEST_CASE("which key was used before does not matter") {
  const HmacSha256 one("one");
  const HmacSha256 other("other");
  const Digest first = one.mac("message");
  CHECK(one.mac("message") == first);
  CHECK(HmacSha256("one").mac("message") == first);
  const Digest second = other.mac("message");
  CHECK(second != first);
  CHECK(one.mac("message") == first);
  CHECK(other.mac("message") == second);
}

TEST_CASE("one key is used by many threads at once") {
  const HmacSha256 key("shared");
  const HmacSha256 other("other");
  const Digest expected = key.mac("message");
  std::vector<int> wrong(4, 0);
  {
    std::vector<std::jthread> threads;
    for (int& count : wrong) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) {
          count += key.mac("message") != expected;
          count += other.mac("message") == expected;
        }
      });
    }
  }
  CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE("random bytes differ from call to call") {
  CHECK(random_bytes<16>() != random_bytes<16>());
  std::array<std::uint8_t, 64> bytes{};
  random_bytes(bytes);
  CHECK(bytes != std::array<std::uint8_t, 64>{});
}

TEST_CASE("comparison in constant time compares") {
  CHECK(equal_constant_time("", ""));
  CHECK(equal_constant_time("token", "token"));
  CHECK_FALSE(equal_constant_time("token", "tokem"));
  CHECK_FALSE(equal_constant_time("token", "tokens"));
}

}  // namespace flashpoll::crypto
