#include <doctest/doctest.h>

#include <algorithm>

#include "infra/http/form.h"
#include "infra/http/head_writer.h"
#include "infra/http/limiter.h"
#include "infra/http/problem.h"
#include "infra/http/upgrade.h"

namespace flashpoll::http {
namespace {

TEST_CASE("percent-encoding: what is broken, no UTF-8, or U+0000 is refused") {
  CHECK(percent_decode("a%20b%2Fc+d%C3%a9") == "a b/c+d\xC3\xA9");
  CHECK(percent_decode("") == "");
  for (const char* bad :
       {"%", "%4", "a%", "%4g", "%g4", "%%41", "%ff", "%C3", "%ed%a0%80", "%00"}) {
    CAPTURE(bad);
    CHECK_FALSE(percent_decode(bad));
  }
  CHECK(percent_encode("a b/c~d\xC3\xA9%") == "a%20b%2Fc~d%C3%A9%25");
}

TEST_CASE("forms and queries keep order and repetition") {
  const auto form = parse_form("choice=1&choice=2&&text=a+b%26c&flag&=x&e=a=b");
  REQUIRE(form);
  CHECK(*form == std::vector<Parameter>{{"choice", "1"},
                                        {"choice", "2"},
                                        {"text", "a b&c"},
                                        {"flag", ""},
                                        {"", "x"},
                                        {"e", "a=b"}});
  CHECK(find(*form, "choice") == "1");
  CHECK_FALSE(find(*form, "other"));
  CHECK(parse_form("")->empty());
  CHECK_FALSE(parse_form("a=%"));
  CHECK_FALSE(parse_form("a=1&%ff=2"));
}

TEST_CASE("cookies are found by their whole name") {
  const std::string_view header = "xfp_voter=1; fp_voter=abc=d; fp_voter=2;e=;  f=\"q\"";
  CHECK(find_cookie(header, "fp_voter") == "abc=d");
  CHECK(find_cookie(header, "e") == "");
  CHECK(find_cookie(header, "f") == "\"q\"");
  CHECK_FALSE(find_cookie(header, "voter"));
  CHECK_FALSE(find_cookie(header, "FP_VOTER"));
  CHECK_FALSE(find_cookie("fp_voter", "fp_voter"));
}

TEST_CASE("a problem has the members of RFC 9457 and ours") {
  const Response response = to_response({.status = 409,
                                         .code = "already_voted",
                                         .title = "Already voted",
                                         .detail = "It \"counts\".",
                                         .instance = "/v1/polls/X/votes",
                                         .errors = {{"/choices/0", "too large"}},
                                         .members = {{"receipt", R"({"seq":1})"}},
                                         .retry_after_s = 2});
  CHECK(response.status == 409);
  CHECK(response.content_type == "application/problem+json");
  CHECK(response.body ==
        R"({"type":"/problems/already_voted","title":"Already voted","status":409,)"
        R"("code":"already_voted","detail":"It \"counts\".","instance":"/v1/polls/X/votes",)"
        R"("errors":[{"pointer":"/choices/0","detail":"too large"}],"receipt":{"seq":1}})");
  CHECK(response.headers == std::vector<Header>{{"Retry-After", "2"}});
}

TEST_CASE("every problem of the protocol has a row of its own") {
  std::vector<std::string_view> codes;
  for (const ProtocolProblemInfo& row : protocol_problems()) {
    CHECK(&info(row.problem) == &row);
    CHECK(std::ranges::find(codes, row.code) == codes.end());
    CHECK(reason_phrase(row.status) != "Status");
    CHECK((row.status == 503) == (row.retry_after_s > 0));
    codes.push_back(row.code);
  }
  CHECK(codes.size() == 12);
}

TEST_CASE("heads are framed; a header that would smuggle a line is refused") {
  std::string head;
  const Response response{
      .status = 201, .content_type = "text/plain", .body = "abc", .headers = {{"Location", "/x"}}};
  REQUIRE(append_head(head, response, {.length = 3, .common_fields = "Date: now\r\n"}));
  CHECK(head ==
        "HTTP/1.1 201 Created\r\nDate: now\r\nContent-Type: text/plain\r\nLocation: /x\r\n"
        "Content-Length: 3\r\n\r\n");
  head.clear();
  REQUIRE(append_head(head, {.status = 304}, {.close = true}));
  CHECK(head == "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
  for (const auto& [name, value] : std::vector<Header>{
           {"Location", "/x\r\nSet-Cookie: a"}, {"Location", "\n"}, {"A b", "c"}, {"", "c"}}) {
    CHECK_FALSE(append_head(head, {.headers = {{name, value}}}, {}));
  }
  CHECK_FALSE(append_head(head, {.content_type = "a\r\nb"}, {}));
  CHECK(http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("an address gets its minute's worth, and back what time gives") {
  runtime::ManualClock clock;
  Limiter limiter(clock, 30);
  for (int i = 0; i < 30; ++i) CHECK(limiter.take("192.0.2.1"));
  CHECK_FALSE(limiter.take("192.0.2.1"));
  CHECK_FALSE(limiter.allowed("::ffff:192.0.2.1"));
  CHECK(limiter.take("192.0.2.2"));
  CHECK(limiter.retry_after_s() == 2);
  clock.advance(1'999);
  CHECK_FALSE(limiter.allowed("192.0.2.1"));
  clock.advance(1);
  CHECK(limiter.allowed("192.0.2.1"));
  CHECK(limiter.take("192.0.2.1"));
  CHECK_FALSE(limiter.take("192.0.2.1"));
  clock.advance(3'600'000);
  for (int i = 0; i < 30; ++i) CHECK(limiter.take("192.0.2.1"));
  CHECK_FALSE(limiter.take("192.0.2.1"));
}

TEST_CASE("loopback is free, a /64 is one subscriber, the oldest address is forgotten") {
  runtime::ManualClock clock;
  Limiter limiter(clock, 1, 2);
  for (const char* free : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    for (int i = 0; i < 5; ++i) CHECK(limiter.take(free));
  }
  CHECK(limiter.take("2001:db8:1:2::1"));
  CHECK_FALSE(limiter.take("2001:db8:1:2:ffff::9"));
  CHECK(limiter.take("2001:db8:1:3::1"));
  CHECK_FALSE(limiter.take("2001:db8:1:2::1"));
  CHECK(limiter.take("192.0.2.1"));        // forgets …1:3
  CHECK(limiter.take("2001:db8:1:3::1"));  // forgets …1:2
  CHECK_FALSE(limiter.take("192.0.2.1"));
  Limiter off(clock, 0);
  for (int i = 0; i < 100; ++i) CHECK(off.take("192.0.2.1"));
}

TEST_CASE("an upgrade is taken only when all of it is there") {
  const std::string good =
      "GET /ws?a HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Protocol: other, flashpoll.v1+json\r\n\r\n";
  const auto read = [](const std::string& bytes) {
    const auto head = parse_head(bytes, {8192, 2048});
    REQUIRE(std::holds_alternative<Head>(head));
    return read_upgrade(std::get<Head>(head), "flashpoll.v1+json");
  };
  REQUIRE(read(good));
  CHECK(read(good)->key == "dGhlIHNhbXBsZSBub25jZQ==");
  const std::pair<std::string, std::string> kSpoilt[] = {{"GET", "POST"},
                                                         {"keep-alive, Upgrade", "keep-alive"},
                                                         {"WebSocket\r\n", "h2c\r\n"},
                                                         {": 13", ": 8"},
                                                         {"dGhl", "dGh!"},
                                                         {"==", "=A"},
                                                         {"flashpoll.v1", "x"},
                                                         {"Sec-WebSocket-Key", "X-Key"}};
  for (const auto& [from, to] : kSpoilt) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    CAPTURE(bad);
    CHECK_FALSE(read(bad));
  }
}

}  // namespace
}  // namespace flashpoll::http
