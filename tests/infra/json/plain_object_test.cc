#include "infra/json/plain_object.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "infra/json/json.h"
#include "infra/json/object_reader.h"
#include "tests/events/seed.h"

using namespace flashpoll::json;

namespace {

/// What both readers are asked for.
struct Got {
  std::optional<std::string> text;
  std::optional<std::int64_t> number;
  std::vector<std::int64_t> numbers;
  bool operator==(const Got&) const = default;
};

template <class Reader>
Got get(Reader& reader) {
  Got got;
  if (const auto text = reader.string("text")) got.text = *text;
  got.number = reader.integer("number");
  if (const auto numbers = reader.required_integers("numbers")) {
    got.numbers.assign(numbers->begin(), numbers->end());
  }
  return got;
}

/// Nothing when it gave up.
std::optional<Got> plain(const std::string& text) {
  PlainObject reader(text);
  Got got = get(reader);
  if (!reader.is_sound()) return std::nullopt;
  return got;
}

/// Nothing when the text is refused.
std::optional<Got> general(const std::string& text) {
  const auto parsed = parse(text);
  const auto* value = std::get_if<Value>(&parsed);
  if (value == nullptr) return std::nullopt;
  ObjectReader reader(*value);
  Got got = get(reader);
  if (!reader.errors().empty() || !reader.unknown().empty()) return std::nullopt;
  return got;
}

}  // namespace

TEST_CASE("what machines write is plain, in any order, with or without blanks") {
  CHECK(plain(R"({"text":"a","number":7,"numbers":[1,2]})") == Got{"a", 7, {1, 2}});
  CHECK(plain(R"({ "numbers" : [ 0 , 10 ] , "text" : "" })"
              "\r") == Got{"", {}, {0, 10}});
  CHECK(plain(R"({"numbers":[]})") == Got{});
  CHECK(plain("{\"numbers\":[],\"text\":\"\xC3\xA9\"}") == Got{"\xC3\xA9", {}, {}});
  CHECK(plain(R"({"numbers":[999999999999999999]})") == Got{{}, {}, {999999999999999999}});
}

TEST_CASE("it gives up where a rule, or more of JSON, is needed") {
  for (const std::string text : {"",
                                 "{}",
                                 "[]",
                                 R"({"numbers":[1]}x)",
                                 R"({"numbers":[1],})",
                                 R"({"numbers":[01]})",
                                 R"({"numbers":[-1]})",
                                 R"({"numbers":[1.0]})",
                                 R"({"numbers":[1e0]})",
                                 R"({"numbers":[1000000000000000000]})",
                                 R"({"numbers":[1],"numbers":[1]})",
                                 R"({"numbers":[1],"other":1})",
                                 R"({"numbers":[1],"text":null})",
                                 R"({"numbers":[1],"text":"\u0041"})",
                                 R"({"numbers":[1],"text":7})",
                                 R"({"numbers":1})",
                                 R"({"numbers":[1],"number":"7"})",
                                 R"({"numbers":["1"]})",
                                 R"({"numbers":[[1]]})",
                                 "{\"numbers\":[1],\"text\":\"\xFF\"}",
                                 "{\"numbers\":[1],\"text\":\"\n\"}",
                                 R"({"numbers":[1],"text":"a)",
                                 R"({"numbers":[1)",
                                 R"({"numbers")",
                                 R"({"text":"a"})"}) {
    CAPTURE(text);
    CHECK_FALSE(plain(text));
  }
}

TEST_CASE("whatever it reads, the general reader reads alike") {
  std::mt19937_64 random(flashpoll::events::testing::test_seed("plain_object"));
  const std::vector<std::string> parts = {
      "{",          "}",           "[",       "]",     ",",    ":",    "\"text\"",
      "\"number\"", "\"numbers\"", "\"a\"",   "\"",    "\\",   "0",    "7",
      "12",         "-1",          "1.5",     " ",     "\n",   "null", "\xFF",
      "é",          "\"\"",        "\"a\":1", "[0,1]", "true", "[]",   "\t"};
  const std::string whole = R"({"text":"a b","number":12,"numbers":[0,1,2]})";
  int read = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text = whole;
    for (auto changes = random() % 3; changes > 0; --changes) {
      const std::size_t at = random() % (text.size() + 1);
      const std::string& part = parts[random() % parts.size()];
      text.replace(at, random() % 4 * (random() % 5), part);
    }
    const auto got = plain(text);
    if (!got) continue;
    ++read;
    CAPTURE(text);
    REQUIRE(general(text) == got);
  }
  CHECK(read > 50'000);
}
