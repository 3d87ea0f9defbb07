#include <doctest/doctest.h>

#include "infra/crypto/encoding.h"
#include "tests/infra/archive/archive_bytes.h"

namespace flashpoll::archive::test {
namespace {

std::string last_line(const std::string& text) {
  return text.substr(text.rfind('\n', text.size() - 2) + 1);
}

TEST_CASE("what is written is read again, to the byte") {
  for (const std::size_t most : {std::size_t{1}, std::size_t{1'000'000}}) {
    const Contents contents = contents_of(sample(), most);
    CHECK(contents.header.key_fingerprint == "0011223344556677");
    CHECK(contents.header.ends == std::vector<std::int64_t>{3, 0, 1});
    CHECK(contents.lines ==
          std::vector<std::string>{R"(1770000000123 AAAA {"type":"a.b.v1","poll":"AAAA"})", "0  ",
                                   "stray 0:2 not_json",
                                   "253402300799999 \"\\\n\x1f\x7f é\u2028👍🏽\xEF\xBF\xBF"});
    CHECK(contents.summary.records == 3);
    CHECK(contents.summary.strays == 1);
    CHECK(contents.summary.keys == 3);
    CHECK(contents.summary.history == "aa");
    CHECK(contents.summary.results == "bb");
  }
}

TEST_CASE("the lines are as the grammar says, and the same each time") {
  const std::string text = decompressed(sample());
  CHECK(text.starts_with(
      "{\"flashpoll_ledger\":1,\"key_fingerprint\":\"0011223344556677\",\"ends\":[3,0,1]}\n"
      "{\"key\":\"AAAA\",\"time_ms\":1770000000123,"
      "\"value\":\"{\\\"type\\\":\\\"a.b.v1\\\",\\\"poll\\\":\\\"AAAA\\\"}\"}\n"
      "{\"key\":\"\",\"time_ms\":0,\"value\":\"\"}\n"
      "{\"stray\":\"not_json\",\"partition\":0,\"offset\":2,\"time_ms\":5,"
      "\"key_base64url\":\"a_8\",\"key_bytes\":2,\"value_base64url\":\"AAH-\",\"value_bytes\":3}\n"
      "{\"key\":\"\\\"\\\\\\n\\u001f\x7f\",\"time_ms\":253402300799999,\"value\":\"é"));
  CHECK(sample() == sample());
}

TEST_CASE("the digest is that of all lines before the last") {
  const std::string text = decompressed(sample());
  const std::string last = last_line(text);
  const std::string before = text.substr(0, text.size() - last.size());
  const std::string digest = crypto::hex_encode(crypto::as_text(crypto::sha256(before)));
  CHECK(last ==
        "{\"records\":3,\"strays\":1,\"keys\":3,\"history\":\"aa\",\"results\":\"bb\","
        "\"sha256\":\"" +
            digest + "\"}\n");
  CHECK(contents_of(sample()).summary.sha256 == digest);
}

TEST_CASE("of a large stray the first bytes are listed, and its size") {
  std::string bytes;
  ArchiveWriter writer({.key_fingerprint = "00", .ends = {1}},
                       [&bytes](std::string_view piece) { bytes += piece; });
  const std::string value(3 * kMaxStrayBytes, '\x01');
  writer.stray({"not_json", 0, 0, 5, value, value});
  (void)writer.finish({});
  CHECK(contents_of(bytes, bytes.size()).lines.size() == 1);
  const std::string text = decompressed(bytes);
  CHECK(text.find("\"value_bytes\":" + std::to_string(value.size())) != std::string::npos);
  CHECK(text.size() < 2 * 6 * kMaxStrayBytes + 1'000);
}

TEST_CASE("a value of the largest size survives, whatever it holds") {
  std::string bytes;
  ArchiveWriter writer({.key_fingerprint = "00", .ends = {1}},
                       [&bytes](std::string_view piece) { bytes += piece; });
  const std::string value(64 << 10, '\x1f');
  writer.record({1, "AAAA", value});
  (void)writer.finish({});
  CHECK(contents_of(bytes, bytes.size()).lines == std::vector<std::string>{"1 AAAA " + value});
}

}  // namespace
}  // namespace flashpoll::archive::test
