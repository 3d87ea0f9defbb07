#include <doctest/doctest.h>

#include <limits>

#include "infra/json/json.h"

namespace flashpoll::json {
namespace {

bool accepts(std::string_view text) { return std::holds_alternative<Value>(parse(text)); }

ParseError refusal(std::string_view text) {
  auto result = parse(text);
  REQUIRE_MESSAGE(std::holds_alternative<ParseError>(result), text);
  return std::get<ParseError>(result);
}

std::string nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST_CASE("a body comes back with its kinds, order and number texts") {
  const auto result = parse(R"({"b":[1,-2.50e3,"x\u00e9",null],"a":{"t":true,"f":false}})");
  REQUIRE(std::holds_alternative<Value>(result));
  const Value& value = std::get<Value>(result);
  REQUIRE(value.object().size() == 2);
  CHECK(value.object()[0].name == "b");
  const Array& list = value.find("b")->array();
  REQUIRE(list.size() == 4);
  CHECK(list[0].integer() == 1);
  CHECK(list[1].number() == "-2.50e3");
  CHECK_FALSE(list[1].integer());
  CHECK(list[2].string() == "x\xC3\xA9");
  CHECK(list[3].is(Kind::null));
  CHECK(value.find("a")->find("t")->boolean());
  CHECK_FALSE(value.find("a")->find("f")->boolean());
  CHECK(value.find("c") == nullptr);
  CHECK(list[0].find("a") == nullptr);
}

TEST_CASE("integers are 0 or digits without a leading zero, and saturate") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(parse_integer("9223372036854775808") == std::numeric_limits<std::int64_t>::max());
  CHECK(parse_integer(std::string(400, '9')) == std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", "-0", "-1", "+1", "00", "01", "1.0", "1e2", " 1", "1 ", "0x1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_integer(text));
  }
}

TEST_CASE("16 levels are read, 17 and a million are refused where they begin") {
  CHECK(accepts(nested(kMaxDepth)));
  CHECK(refusal(nested(kMaxDepth + 1)).what == "The nesting is too deep.");
  CHECK(refusal(std::string(1'000'000, '[')).byte_offset <= kMaxDepth + 1);
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"\":";
  CHECK(refusal(objects).what == "The nesting is too deep.");
}

TEST_CASE("a member may occur once, also when spelt otherwise and among many") {
  CHECK(refusal(R"({"a":1,"a":2})").what == "An object has a member twice.");
  CHECK(refusal(R"({"a":1,"\u0061":2})").what == "An object has a member twice.");
  CHECK(refusal(R"([{"x":{"":1,"":1}}])").what == "An object has a member twice.");
  CHECK(accepts(R"({"a":{"a":1}})"));
  std::string many = "{";
  for (int i = 0; i < 20'000; ++i) many += "\"" + std::to_string(i) + "\":0,";
  CHECK(accepts(many + "\"x\":0}"));
  CHECK_FALSE(accepts(many + "\"777\":0}"));
}

TEST_CASE("the whole text is one value") {
  CHECK(accepts(" \t\r\n1 \n"));
  CHECK(refusal("1 2").byte_offset == 2);
  CHECK(refusal("{}x").byte_offset == 2);
  CHECK(refusal(std::string_view("1\0", 2)).byte_offset == 1);
  CHECK(refusal(std::string_view("{}\0{}", 5)).byte_offset == 2);
  CHECK_FALSE(accepts(std::string_view("\0", 1)));
  CHECK_FALSE(accepts(""));
  CHECK_FALSE(accepts(" "));
  CHECK_FALSE(accepts("\xEF\xBB\xBF{}"));
}

TEST_CASE("numbers stay text; what lies beyond doubles is refused") {
  for (const std::string& text : {std::string(300, '7'), "0." + std::string(200'000, '1'),
                                  "1." + std::string(200'000, '1') + "e-2147483648"}) {
    const auto result = parse("[" + text + "]");
    REQUIRE(std::holds_alternative<Value>(result));
    CHECK(std::get<Value>(result).array()[0].number() == text);
  }
  CHECK(refusal("[1e" + std::string(5'000, '9') + "]").byte_offset > 0);
  CHECK(refusal("[" + std::string(100'000, '7') + "]").byte_offset > 0);
  CHECK(refusal("[1e309]").what == "Number too big to be stored in double.");
}

struct Bytes {
  const char* bytes;
  bool valid;
};

// Boundaries of every form in RFC 3629.
constexpr Bytes kSequences[] = {
    {"\x7F", true},
    {"\x80", false},
    {"\xBF", false},
    {"\xC0\x80", false},
    {"\xC1\xBF", false},
    {"\xC2\x80", true},
    {"\xDF\xBF", true},
    {"\xC2", false},
    {"\xC2\x41", false},
    {"\xE0\x9F\xBF", false},
    {"\xE0\xA0\x80", true},
    {"\xED\x9F\xBF", true},
    {"\xED\xA0\x80", false},
    {"\xED\xBF\xBF", false},
    {"\xEE\x80\x80", true},
    {"\xEF\xBF\xBF", true},
    {"\xE2\x82", false},
    {"\xE2\x28\xA1", false},
    {"\xF0\x8F\xBF\xBF", false},
    {"\xF0\x90\x80\x80", true},
    {"\xF4\x8F\xBF\xBF", true},
    {"\xF4\x90\x80\x80", false},
    {"\xF5\x80\x80\x80", false},
    {"\xF0\x9F\x98", false},
    {"\xF8\x88\x80\x80\x80", false},
    {"\xFE", false},
    {"\xFF", false},
};

TEST_CASE("only well-formed UTF-8 passes, as a string and as a key") {
  for (const auto& [bytes, valid] : kSequences) {
    CAPTURE(bytes);
    CHECK(valid_utf8(bytes) == valid);
    CHECK(accepts("[\"" + std::string(bytes) + "\"]") == valid);
    CHECK(accepts("{\"" + std::string(bytes) + "\":0}") == valid);
  }
}

TEST_CASE("surrogates come in pairs") {
  CHECK(accepts(R"(["\ud83d\ude00"])"));
  for (const char* text : {R"(["\ud83d"])", R"(["\ude00"])", R"(["\ude00\ud83d"])",
                           R"(["\ud83dx"])", R"(["\ud83d\u0041"])", R"({"\ude00":1})"}) {
    CAPTURE(text);
    CHECK_FALSE(accepts(text));
  }
}

TEST_CASE("every cut of a text is refused, without reading past its end") {
  const std::string text = R"({"a":[1.5e3,"\u00e9\ud83d\ude00",true,null],"b":{"c":"x\\"}})";
  REQUIRE(accepts(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string cut = text.substr(0, size);
    CAPTURE(cut);
    CHECK(refusal(cut).byte_offset <= size);
  }
}

}  // namespace
}  // namespace flashpoll::json
