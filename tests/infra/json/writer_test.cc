#include "infra/json/writer.h"

#include <doctest/doctest.h>

#include "infra/json/json.h"

namespace flashpoll::json {
namespace {

std::string written(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

TEST_CASE("members, lists and nesting get their commas") {
  std::string out = "> ";
  Writer w(out);
  w.begin_object().member("a", 1).member("b", "x").key("c").begin_array();
  w.value(-7).value(true).null().begin_object().end_object().begin_array().end_array();
  w.raw("{\"r\":0}").end_array().member("d", std::string("y")).member("e", false).end_object();
  CHECK(out == R"(> {"a":1,"b":"x","c":[-7,true,null,{},[],{"r":0}],"d":"y","e":false})");
}

TEST_CASE("the widest integers are written whole") {
  std::string out;
  Writer(out).begin_array().value(INT64_MIN).value(UINT64_MAX).value(std::uint8_t{200}).end_array();
  CHECK(out == "[-9223372036854775808,18446744073709551615,200]");
}

struct Id {
  void append_to(std::string& out) const { out += "00ff"; }
};

TEST_CASE("what spells itself is a string") {
  std::string out;
  Writer(out).begin_object().member("id", Id()).key("ids").begin_array().value(Id()).value(Id());
  CHECK(out == R"({"id":"00ff","ids":["00ff","00ff")");
}

// RFC 8785, section 3.2.2.2.
TEST_CASE("strings are escaped as in RFC 8785, and nothing else is") {
  CHECK(written("\b\t\n\f\r\"\\") == R"("\b\t\n\f\r\"\\")");
  CHECK(written(std::string_view("\0\x01\x0b\x1f", 4)) == R"("\u0000\u0001\u000b\u001f")");
  CHECK(written("/\x7f<>&'\xE2\x80\xA8\xF0\x9F\x98\x80") ==
        "\"/\x7f<>&'\xE2\x80\xA8\xF0\x9F\x98\x80\"");
  CHECK(written("") == "\"\"");
  CHECK(written("a\nb\nc") == R"("a\nb\nc")");
}

TEST_CASE("every character comes back from the parser") {
  for (int c = 0; c < 0x80; ++c) {
    const std::string text = "<" + std::string(1, static_cast<char>(c)) + ">";
    const auto result = parse(written(text));
    REQUIRE(std::holds_alternative<Value>(result));
    CHECK(std::get<Value>(result).string() == text);
  }
}

}  // namespace
}  // namespace flashpoll::json
