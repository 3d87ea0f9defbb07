#include "infra/http/gate.h"

#include <doctest/doctest.h>

#include "infra/http/chunked.h"

namespace flashpoll::http {
namespace {

constexpr HeadLimits kLimits{8192, 2048};

/// `bytes` as one head: found and parsed.
std::variant<Head, HeadRefusal> read(const std::string& bytes, HeadLimits limits = kLimits) {
  std::size_t scanned = 0;
  const auto found = find_head(bytes, scanned, limits);
  if (const auto* refusal = std::get_if<HeadRefusal>(&found)) return *refusal;
  REQUIRE_MESSAGE(std::holds_alternative<std::size_t>(found), bytes);
  return parse_head(std::string_view(bytes).substr(0, std::get<std::size_t>(found)), limits);
}

std::optional<ProtocolProblem> refusal(const std::string& bytes, HeadLimits limits = kLimits) {
  const auto result = read(bytes, limits);
  if (const auto* refused = std::get_if<HeadRefusal>(&result)) return refused->problem;
  return std::nullopt;
}

TEST_CASE("a proper head is taken apart") {
  const std::string bytes =
      "POST /v1/polls/7?a=1&b=?x HTTP/1.1\r\nhost: h:80\r\nConnection: keep-alive, Close\r\n"
      "X-Empty:\r\nX-Blank: \t a b \t\r\nContent-Length: 12\r\nExpect: 100-Continue\r\n\r\nrest";
  const auto result = read(bytes);
  REQUIRE(std::holds_alternative<Head>(result));
  const Head& head = std::get<Head>(result);
  CHECK(head.method == "POST");
  CHECK(head.path == "/v1/polls/7");
  CHECK(head.query == "a=1&b=?x");
  CHECK(head.field("HOST") == "h:80");
  CHECK(head.field("x-empty") == "");
  CHECK(head.field("x-blank") == "a b");
  CHECK_FALSE(head.field("x"));
  CHECK(head.content_length == 12);
  CHECK_FALSE(head.chunked);
  CHECK(head.close);
  CHECK(head.expect_continue);
}

TEST_CASE("targets: origin form, absolute form of the same host, and * for OPTIONS") {
  for (const char* line : {"GET / HTTP/1.1", "GET /%zz?%zz HTTP/1.1", "OPTIONS * HTTP/1.1",
                           "GET http://h/x HTTP/1.1", "GET https://H/ HTTP/1.1"}) {
    CAPTURE(line);
    CHECK_FALSE(refusal(std::string(line) + "\r\nHost: h\r\n\r\n"));
  }
  for (const char* line : {"GET http://other/x HTTP/1.1",
                           "GET http://h HTTP/1.1",
                           "GET h/x HTTP/1.1",
                           "GET * HTTP/1.1",
                           "CONNECT h:80 HTTP/1.1",
                           "GET /a#b HTTP/1.1",
                           "GET /\xC3\xA9 HTTP/1.1",
                           "GET /a b HTTP/1.1",
                           "GET  / HTTP/1.1",
                           "GET /  HTTP/1.1",
                           " GET / HTTP/1.1",
                           "GET / HTTP/1.1 ",
                           "GET /",
                           "GET / HTTP/1.0",
                           "GET / HTTP/2.0",
                           "GET / http/1.1",
                           "GET / HTTP/1.10",
                           "GET / HTTP/01.1",
                           "G(T / HTTP/1.1",
                           "PRI * HTTP/2.0",
                           ""}) {
    CAPTURE(line);
    CHECK(refusal(std::string(line) + "\r\nHost: h\r\n\r\n") == ProtocolProblem::bad_request);
  }
}

TEST_CASE("shapes that two servers could read differently are refused") {
  const std::string host = "Host: h\r\n";
  for (const std::string& fields :
       {std::string(),
        host + host,
        std::string("Host:\r\n"),
        std::string("Host: a b\r\n"),
        std::string("Host: a,b\r\n"),
        std::string("Host: a/b\r\n"),
        host + "Content-Length: 1\r\nContent-Length: 1\r\n",
        host + "Content-Length: 1, 1\r\n",
        host + "Content-Length: +1\r\n",
        host + "Content-Length: -1\r\n",
        host + "Content-Length: 0x1\r\n",
        host + "Content-Length: 1 2\r\n",
        host + "Content-Length:\r\n",
        host + "Content-Length: 1.0\r\n",
        host + "Content-Length: 1\xA0\r\n",
        host + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        host + "Transfer-Encoding: gzip\r\n",
        host + "Transfer-Encoding: gzip, chunked\r\n",
        host + "Transfer-Encoding: chunked, chunked\r\n",
        host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        host + "Transfer-Encoding: identity\r\n",
        host + "Transfer-Encoding: xchunked\r\n",
        host + "Transfer-Encoding: \"chunked\"\r\n",
        host + "Transfer-Encoding:\r\n",
        host + "Content-Length : 1\r\n",
        host + "Content-Length\r\n",
        host + ": x\r\n",
        host + "X: a\r\n folded\r\n",
        host + "X: a\r\n\tfolded\r\n",
        " X: a\r\n" + host,
        host + "X Y: a\r\n",
        host + "X\xC3\xA9: a\r\n",
        host + "X: a\nY: b\r\n",
        host + "X: a\rb\r\n",
        host + "X: a\r\r\n",
        host + "X: \x01\r\n",
        host + "X: \x7F\r\n",
        host + std::string("X: a\0b\r\n", 8),
        host + "X: \x0b\r\n"}) {
    CAPTURE(fields);
    CHECK(refusal("GET / HTTP/1.1\r\n" + fields + "\r\n") == ProtocolProblem::bad_request);
  }
  CHECK_FALSE(refusal("GET / HTTP/1.1\r\n" + host + "Transfer-Encoding: Chunked\r\n\r\n"));
  CHECK_FALSE(refusal("GET / HTTP/1.1\r\n" + host + "X: \xE9 caf\xC3\xA9\r\n\r\n"));
}

TEST_CASE("a bad line end is seen at once, not when the head is whole") {
  for (const std::string& begin : {std::string("GET / HTTP/1.1\nHost"), std::string("GET\rX"),
                                   std::string("\x16\x03\x01"), std::string("GET \0", 5)}) {
    std::size_t scanned = 0;
    CHECK(std::holds_alternative<HeadRefusal>(find_head(begin, scanned, kLimits)));
  }
}

TEST_CASE("a head is found however it is cut") {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\nGET";
  std::size_t scanned = 0;
  for (std::size_t size = 0; size < bytes.size() - 3; ++size) {
    CHECK(std::holds_alternative<std::monostate>(
        find_head(std::string_view(bytes).substr(0, size), scanned, kLimits)));
  }
  const auto found = find_head(bytes, scanned, kLimits);
  CHECK(std::get<std::size_t>(found) == bytes.size() - 3);
}

TEST_CASE("long targets are 414, long heads 431, as soon as that is certain") {
  const std::string end = " HTTP/1.1\r\nHost: h\r\n\r\n";
  CHECK_FALSE(refusal("GET /" + std::string(2047, 'a') + end));
  CHECK(refusal("GET /" + std::string(2048, 'a') + end) == ProtocolProblem::target_too_long);
  std::size_t scanned = 0;
  auto found = find_head("GET /" + std::string(3000, 'a'), scanned, kLimits);
  CHECK(std::get<HeadRefusal>(found).problem == ProtocolProblem::target_too_long);
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
  CHECK_FALSE(refusal(start + std::string(8192 - start.size() - 4, 'x') + "\r\n\r\n"));
  CHECK(refusal(start + std::string(8192 - start.size() - 3, 'x') + "\r\n\r\n") ==
        ProtocolProblem::headers_too_large);
}

struct Chunks {
  const char* bytes;
  ChunkedDecoder::State state;
  const char* body;
  const char* rest;
};

using enum ChunkedDecoder::State;
const Chunks kChunks[] = {
    {"3\r\nabc\r\n0\r\n\r\nNEXT", done, "abc", "NEXT"},
    {"0\r\n\r\n", done, "", ""},
    {"1\r\na\r\n00002;x=\"y\"\r\nbc\r\n0\r\nT: v\r\n\r\n", done, "abc", ""},
    {"A\r\n0123456789\r\n0\r\n\r\n", done, "0123456789", ""},
    {"3\r\nab", more, "ab", ""},
    {"11\r\n", too_large, "", ""},
    {"9\r\n012345678\r\n8\r\n", too_large, "012345678", ""},
    {"ffffffff\r\n", too_large, "", ""},
    {"000000001\r\na\r\n", bad, "", ""},
    {"\r\n", bad, "", ""},
    {";x\r\n", bad, "", ""},
    {"0x1\r\n", bad, "", ""},
    {"-1\r\n", bad, "", ""},
    {"+1\r\n", bad, "", ""},
    {" 1\r\n", bad, "", ""},
    {"1 \r\n", bad, "", ""},
    {"g\r\n", bad, "", ""},
    {"1\na\n", bad, "", ""},
    {"1\r\nab\r\n", bad, "a", ""},
    {"1\r\na\n0\r\n", bad, "a", ""},
    {"1;\nx\r\n", bad, "", ""},
    {"0\r\nno field\r\n\r\n", bad, "", ""},
    {"0\r\n folded: x\r\n\r\n", bad, "", ""},
};

TEST_CASE("chunked bodies, whole and byte by byte") {
  for (const Chunks& test : kChunks) {
    CAPTURE(test.bytes);
    ChunkedDecoder whole(16);
    std::string body;
    std::string_view in = test.bytes;
    CHECK(whole.feed(in, body) == test.state);
    CHECK(body == test.body);
    if (test.state == done) CHECK(in == test.rest);
    ChunkedDecoder slow(16);
    std::string slow_body;
    auto state = more;
    for (const char* c = test.bytes; *c != '\0' && state == more; ++c) {
      std::string_view one(c, 1);
      state = slow.feed(one, slow_body);
    }
    CHECK(state == test.state);
    CHECK(slow_body == test.body);
  }
}

TEST_CASE("endless chunk lines and trailers are refused") {
  ChunkedDecoder line(16);
  std::string body;
  const std::string extension = "1;" + std::string(300, 'x');
  std::string_view in = extension;
  CHECK(line.feed(in, body) == bad);
  ChunkedDecoder trailers(16);
  std::string many = "0\r\n";
  for (int i = 0; i < 300; ++i) many += "Name-of-it: a value\r\n";
  in = many;
  CHECK(trailers.feed(in, body) == bad);
}

}  // namespace
}  // namespace flashpoll::http
