#include "infra/json/object_reader.h"

#include <doctest/doctest.h>

namespace flashpoll::json {
namespace {

Value value_of(std::string_view text) {
  auto result = parse(text);
  REQUIRE(std::holds_alternative<Value>(result));
  return std::move(std::get<Value>(result));
}

std::string told(const std::vector<FieldError>& errors) {
  std::string out;
  for (const FieldError& error : errors) out += error.pointer + " " + error.detail + "; ";
  return out;
}

TEST_CASE("a good body gives its members") {
  const Value value = value_of(
      R"({"question":"Lunch?","choices":["a","b"],"min":1,"indices":[0,3],"flag":true,"x":{}})");
  ObjectReader body(value);
  CHECK(body.required_string("question") == "Lunch?");
  CHECK(body.required_strings("choices") == std::vector<std::string>{"a", "b"});
  CHECK(body.required_integer("min", 1, 20) == 1);
  CHECK(body.integers("indices") == std::vector<std::int64_t>{0, 3});
  CHECK(body.boolean("flag") == true);
  CHECK(body.member("x")->is(Kind::object));
  CHECK_FALSE(body.integer("max"));
  CHECK(told(body.errors()).empty());
  CHECK(told(body.unknown()).empty());
}

TEST_CASE("all faults are told at once, each with its place") {
  const Value value = value_of(
      R"({"question":7,"choices":["a",1,null],"min":0,"max":1.0,"indices":[0,-1],"flag":"yes",
          "nul":"a\u0000b","list":{}})");
  ObjectReader body(value);
  CHECK_FALSE(body.required_string("question"));
  CHECK_FALSE(body.strings("choices"));
  CHECK_FALSE(body.integer("min", 1, 20));
  CHECK_FALSE(body.integer("max", 1));
  CHECK_FALSE(body.required_integers("indices"));
  CHECK_FALSE(body.boolean("flag"));
  CHECK_FALSE(body.string("nul"));
  CHECK_FALSE(body.integers("list"));
  CHECK_FALSE(body.required_integer("gone"));
  body.fail("choices/0", "is a joke");
  CHECK(told(body.errors()) ==
        "/question must be a string; /choices/1 must be a string; /choices/2 must be a string; "
        "/min must be an integer from 1 to 20; /max must be an integer of at least 1; "
        "/indices/1 must be an integer of at least 0; /flag must be true or false; "
        "/nul must not hold U+0000; /list must be a list; /gone is missing; "
        "/choices/0 is a joke; ");
}

TEST_CASE("null counts as absent") {
  const Value value = value_of(R"({"a":null,"b":null})");
  ObjectReader body(value);
  CHECK_FALSE(body.integer("a"));
  CHECK(body.errors().empty());
  CHECK_FALSE(body.required_integer("b"));
  CHECK(told(body.errors()) == "/b is missing; ");
  CHECK(body.unknown().empty());
}

TEST_CASE("members that nobody asked for are named as JSON pointers") {
  const Value value = value_of(R"({"a":1,"b/c~d":2,"e":null})");
  ObjectReader body(value, "/inner");
  CHECK(body.integer("a") == 1);
  CHECK(told(body.unknown()) == "/inner/b~1c~0d is not known; /inner/e is not known; ");
}

TEST_CASE("a body that is no object is one fault") {
  const Value value = value_of("[1]");
  ObjectReader body(value);
  CHECK_FALSE(body.required_string("question"));
  CHECK(told(body.errors()) == " must be an object; ");
  CHECK(body.unknown().empty());
}

}  // namespace
}  // namespace flashpoll::json
