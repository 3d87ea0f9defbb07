#include "infra/app/client_result.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "infra/app/client_api.h"

namespace flashpoll::app {
namespace {

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  REQUIRE(std::holds_alternative<json::Value>(value));
  return std::get<json::Value>(std::move(value));
}

Picture lunch() {
  return picture_of_poll(
      parsed(R"({"question":"Lunch?","choices":["Pizza","Sushi"],"status":"open"})"));
}

TEST_CASE("results and the data of a stream say the same") {
  Picture from_results = lunch();
  take_results(from_results, parsed(R"({"seq":3,"at":"T","status":"open","final":false,
      "closes_at":"C","voters":2,"choices":[{"index":0,"text":"Pizza","votes":2},
      {"index":1,"text":"Sushi","votes":0}]})"));
  Picture from_stream = lunch();
  take_results(from_stream, parsed(R"({"seq":3,"at":"T","status":"open","final":false,
      "closes_at":"C","voters":2,"votes":[2,0]})"));
  CHECK(one_line(from_results) == "T 3 open, closes at C, 2 voted: Pizza 2, Sushi 0");
  CHECK(one_line(from_stream) == one_line(from_results));
}

TEST_CASE("withheld counts leave those of before behind") {
  Picture picture = lunch();
  picture.votes = {1, 1};
  take_results(picture, parsed(R"({"seq":4,"at":"T","status":"open","final":false,"closes_at":"C",
      "voters":2,"withheld":"after_close","choices":[{"index":0,"text":"Pizza"},
      {"index":1,"text":"Sushi"}]})"));
  CHECK(picture.votes.empty());
  CHECK(picture.status == "open, closes at C, counts are shown at the end");
}

TEST_CASE("counts that do not fit, and what is no result, are refused") {
  Picture picture = lunch();
  CHECK_THROWS_AS(
      (void)take_results(picture, parsed(R"({"seq":3,"at":"T","status":"open","final":true,
      "closes_at":"C","voters":2,"votes":[2]})")),
      std::runtime_error);
  CHECK_THROWS_AS((void)take_results(picture, parsed("{}")), std::runtime_error);
  CHECK_THROWS_AS((void)picture_of_poll(parsed(R"({"question":1,"choices":[]})")),
                  std::runtime_error);
}

TEST_CASE("a refusal shows title, detail, code and the faults of the body") {
  const Refused refused(422, R"({"type":"/problems/invalid","title":"Not valid","status":422,
      "code":"invalid","detail":"Two faults.",
      "errors":[{"pointer":"/question","detail":"too short"},
      {"pointer":"/min","detail":"above max"}]})");
  CHECK(refused.code() == "invalid");
  CHECK(std::string(refused.what()) ==
        "Not valid: Two faults. (invalid)\n  /question: too short\n  /min: above max");
  CHECK(std::string(Refused(502, "<html>").what()) == "the server answered 502");
  CHECK(Refused(502, "<html>").code().empty());
}

TEST_CASE("parameters are percent-encoded") {
  CHECK(encoded("a-b_c.~9") == "a-b_c.~9");
  CHECK(encoded("x y&z=\xC3\xA9") == "x%20y%26z%3D%C3%A9");
}

}  // namespace
}  // namespace flashpoll::app
