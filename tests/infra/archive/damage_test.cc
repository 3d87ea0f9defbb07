#include <doctest/doctest.h>

#include "infra/crypto/encoding.h"
#include "infra/runtime/fault.h"
#include "tests/infra/archive/archive_bytes.h"

/// Whatever is wrong with a file is told, and told clearly.
namespace flashpoll::archive::test {
namespace {

/// The message of the refusal; empty when the file was taken.
std::string refusal(const std::string& bytes) {
  try {
    (void)contents_of(bytes, 4'096);
    return "";
  } catch (const Corrupt& fault) {
    return fault.what();
  }
}

void check_refused(const std::string& bytes, const std::string& words) {
  const std::string why = refusal(bytes);
  INFO(why);
  CHECK(why.starts_with("the file a.zst is refused, "));
  CHECK(why.find(words) != std::string::npos);
}

/// The sample's lines with `from` replaced, and the digest right or as it was.
std::string altered(const std::string& from, const std::string& to, bool sealed) {
  std::string text = decompressed(sample());
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  if (sealed) {
    const std::size_t last = text.rfind('\n', text.size() - 2) + 1;
    const std::size_t digest = text.find("\"sha256\":\"", last) + 10;
    text.replace(digest, 64,
                 crypto::hex_encode(
                     crypto::as_text(crypto::sha256(std::string_view(text).substr(0, last)))));
  }
  return compressed(text);
}

TEST_CASE("a file that is cut short anywhere is refused") {
  const std::string whole = sample();
  REQUIRE(refusal(whole).empty());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    check_refused(whole.substr(0, size), size == 0 ? "cut short" : "");
    CHECK(refusal(whole.substr(0, size)).find("cut short") != std::string::npos);
  }
}

TEST_CASE("a flipped bit anywhere is refused, unless the file still says the same") {
  const std::string whole = sample();
  const Contents expected = contents_of(whole);
  std::size_t harmless = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      if (!refusal(flipped).empty()) continue;
      ++harmless;
      CHECK(contents_of(flipped).lines == expected.lines);
      CHECK(contents_of(flipped).summary.sha256 == expected.summary.sha256);
    }
  }
  // An unused bit of the frame's header, and the size of the window.
  CHECK(harmless < 20);
}

TEST_CASE("what follows is refused") {
  check_refused(sample() + "x", "something follows its compressed bytes");
  check_refused(sample() + sample(), "something follows its compressed bytes");
  check_refused(compressed(decompressed(sample()) + "{}\n"), "something follows the last line");
  check_refused(compressed(decompressed(sample()) + decompressed(sample())),
                "something follows the last line");
}

TEST_CASE("a file without its last line is refused") {
  const std::string text = decompressed(sample());
  const std::size_t last = text.rfind('\n', text.size() - 2) + 1;
  check_refused(compressed(text.substr(0, last)), "line 5: the last line, with the digest, is");
  check_refused(compressed(text.substr(0, text.size() - 1)), "its last line has no end");
  check_refused(compressed(text.substr(0, text.find('\n') + 1)), "line 1: the last line");
}

TEST_CASE("a line that was changed, added, removed or moved is refused") {
  const std::string second = "{\"key\":\"\",\"time_ms\":0,\"value\":\"\"}\n";
  for (const bool sealed : {false, true}) {
    const std::string words = sealed ? "it counts other lines" : "SHA-256";
    check_refused(altered(second, "", sealed), words);
    check_refused(altered(second, second + second, sealed), words);
  }
  check_refused(altered("1770000000123", "1770000000124", false), "SHA-256");
  check_refused(altered("\"partition\":0", "\"partition\":1", false), "SHA-256");
  check_refused(altered("[3,0,1]", "[3,0,2]", false), "SHA-256");
  CHECK(refusal(altered("1770000000123", "1770000000124", true)).empty());
}

TEST_CASE("another format is refused with both numbers") {
  for (const bool sealed : {false, true}) {
    check_refused(altered("\"flashpoll_ledger\":1", "\"flashpoll_ledger\":2", sealed),
                  "format 2, this build reads format 1");
  }
}

TEST_CASE("what is no export is refused") {
  check_refused("", "at its start: it is cut short");
  check_refused("PK\x03\x04 some other file", "at its start: it is no zstd file");
  check_refused(compressed(""), "at its start: it is empty");
  check_refused(compressed("{\"key\":\"a\"}\n"), "line 1: it is no export of a ledger");
  check_refused(compressed("{}\n"), "line 1: it is no export of a ledger");
  check_refused(compressed("[]\n"), "line 1: it is no line of an export");
  check_refused(compressed("flashpoll\n"), "line 1: no JSON: ");
  check_refused(compressed(std::string(2 * kMaxLineBytes, 'x')), "a line is too long");
}

TEST_CASE("a line of another shape is refused, also under the right digest") {
  const std::string record = "{\"key\":\"\",\"time_ms\":0,\"value\":\"\"}";
  for (const auto& [line, words] : std::vector<std::pair<std::string, std::string>>{
           {"{\"key\":\"\",\"value\":\"\",\"time_ms\":0}", "\"time_ms\" is expected"},
           {"{\"key\":\"\",\"time_ms\":0}", "\"value\" is expected"},
           {"{\"key\":\"\",\"time_ms\":-1,\"value\":\"\"}", "\"time_ms\" is no whole number"},
           {"{\"key\":\"\",\"time_ms\":0,\"value\":7}", "\"value\" is no text"},
           {"{\"key\":\"\",\"time_ms\":0,\"value\":\"\",\"x\":1}", "\"x\" is not expected"},
           {"{\"key\":\"\",\"key\":\"\",\"time_ms\":0,\"value\":\"\"}", "no JSON: "},
           {"{\"yek\":\"\"}", "it is no line of an export"},
           {"", "no JSON: "}}) {
    check_refused(altered(record, line, true), "line 3: " + words);
  }
  check_refused(altered("\"key_bytes\":2,", "", true), "line 4: \"key_bytes\" is expected");
  check_refused(altered("\"keys\":3", "\"keys\":\"3\"", true), "\"keys\" is no whole number");
  check_refused(altered("[3,0,1]", "[]", true), "\"ends\" is no list of offsets");
}

}  // namespace
}  // namespace flashpoll::archive::test
