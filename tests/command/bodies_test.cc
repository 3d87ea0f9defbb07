#include "command/bodies.h"

#include <doctest/doctest.h>

#include <string>

using namespace flashpoll;
using namespace flashpoll::command;
using events::Refusal;

namespace {

constexpr events::TimeMs kNow = 1'763'640'000'000;  // 2025-11-20T12:00:00Z

OpenBody opened(const std::string& body) {
  auto parsed = parse_open(body, kNow);
  REQUIRE(std::holds_alternative<OpenBody>(parsed));
  return std::get<OpenBody>(parsed);
}

/// The pointers that a refusal names, joined.
std::string pointers(const std::string& body) {
  const auto parsed = parse_open(body, kNow);
  REQUIRE(std::holds_alternative<Rejection>(parsed));
  std::string all;
  for (const auto& error : std::get<Rejection>(parsed).errors) all += error.pointer + " ";
  return all;
}

template <class T>
Refusal refusal(const Parsed<T>& parsed) {
  REQUIRE(std::holds_alternative<Rejection>(parsed));
  return std::get<Rejection>(parsed).refusal;
}

}  // namespace

TEST_CASE("a question and choices are enough, the rest has defaults") {
  const OpenBody open = opened(R"({"question":" Lunch? ","choices":["Pizza "," Sushi"]})");
  CHECK(open.event.question == "Lunch?");
  CHECK(open.event.choices == std::vector<std::string>{"Pizza", "Sushi"});
  CHECK(open.event.min == 1);
  CHECK(open.event.max == 1);
  CHECK(open.event.method == events::Method::plurality);
  CHECK(open.event.results == events::Results::live);
  CHECK(open.event.eligibility == events::Eligibility::open);
  CHECK(open.event.opens_at == 0);
  CHECK(open.event.closes_at == kNow + 3'600'000);
}

TEST_CASE("all settings can be said") {
  const OpenBody open = opened(
      R"({"question":"Lunch?","choices":["a","b","c"],"min":2,"max":3,"results":"after_close",)"
      R"("eligibility":"codes","allow_change":true,)"
      R"("opens_at":"2025-11-20T13:00:00Z","closes_in":60})");
  CHECK(open.event.method == events::Method::approval);
  CHECK(open.event.opens_at == kNow + 3'600'000);
  CHECK(open.event.closes_at == kNow + 3'660'000);
  CHECK(open.event.allow_change);
}

TEST_CASE("all faults are named at once") {
  CHECK(
      pointers(R"({"question":"Hm?","choices":["a","a",""],"min":5,"max":2,"results":"never"})") ==
      "/question /choices/1 /choices/2 /min /results ");
  CHECK(pointers(R"({})") == "/question /choices ");
  CHECK(pointers(R"({"question":"Lunch?","choices":["a"]})") == "/choices ");
  CHECK(pointers(R"({"question":"Lunch?","choices":["a","b"],"closes_in":9})") == "/closes_in ");
  CHECK(
      pointers(R"({"question":"Lunch?","choices":["a","b"],"closes_at":"2025-11-20T12:00:09Z"})") ==
      "/closes_at ");
  CHECK(pointers(R"({"question":"Lunch?","choices":["a","b"],"allow_change":true,)"
                 R"("results":"after_vote"})") == "/allow_change ");
}

TEST_CASE("lengths are counted in characters, after trimming") {
  const std::string umlauts = "\u00e4\u00e4\u00e4\u00e4";
  CHECK(pointers(R"({"question":")" + umlauts + R"( ","choices":["a","b"]})") == "/question ");
  CHECK(opened(R"({"question":")" + umlauts + R"(\u00e4","choices":["a","b"]})").event.question ==
        umlauts + "\u00e4");
}

TEST_CASE("unknown members and broken JSON are told apart") {
  CHECK(refusal(parse_open(R"({"question":"Lunch?","choices":["a","b"],"colour":1})", kNow)) ==
        Refusal::unknown_member);
  CHECK(refusal(parse_open(R"({"question")", kNow)) == Refusal::bad_json);
  CHECK(refusal(parse_vote(R"([1])")) == Refusal::invalid);
}

TEST_CASE("a retry's body is the same body, whenever it comes") {
  const std::string body = R"({"question":"Lunch?","choices":["a","b"],"closes_in":60})";
  const auto later = std::get<OpenBody>(parse_open(body, kNow + 5'000));
  CHECK(opened(body).normalised == later.normalised);
  CHECK(opened(body).event.closes_at != later.event.closes_at);
  CHECK(opened(R"({"choices":["a","b"],"question":"Lunch?","closes_in":60,"min":1})").normalised ==
        opened(body).normalised);
  CHECK(opened(R"({"question":"Lunch?","choices":["a","b"],"closes_in":61})").normalised !=
        opened(body).normalised);
}

TEST_CASE("any list of integers is a ballot, what no ballot holds is no poll's choice") {
  const auto choices = [](const std::string& list) {
    return std::get<VoteBody>(parse_vote(R"({"choices":)" + list + "}")).choices;
  };
  CHECK(choices("[]").empty());
  CHECK(choices("[0,254]") == events::Choices{0, 254});
  CHECK(choices("[255,99999999999999999999]") == events::Choices{255, 255});
  std::string many = "[0";
  for (int i = 1; i < 1000; ++i) many += "," + std::to_string(i);
  CHECK(choices(many + "]").size() == 256);
}

TEST_CASE("numbers have no sign, fraction or exponent") {
  for (const char* list : {"[-1]", "[1.0]", "[1e0]", R"(["1"])", "[null]", "1", "null"}) {
    CAPTURE(list);
    CHECK(refusal(parse_vote(R"({"choices":)" + std::string(list) + "}")) == Refusal::invalid);
  }
}

TEST_CASE("a vote_id is a UUID in any case") {
  const auto vote = std::get<VoteBody>(parse_vote(
      R"({"choices":[0],"vote_id":"0190A7B2-0000-7000-8000-00000000000A","replaces":3})"));
  CHECK(vote.vote_id->text() == "0190a7b2-0000-7000-8000-00000000000a");
  CHECK(vote.replaces == events::Seq(3));
  CHECK(refusal(parse_vote(R"({"choices":[0],"vote_id":"17"})")) == Refusal::invalid);
}

TEST_CASE("a line of a bulk ingestion is a ballot with its poll, judged as a ballot's body is") {
  const std::string poll = R"("poll":"7Q2M9X4KTB3D")";
  const std::string rest = R"("voter":"ann","choices":[1,0],"replaces":3})";
  const auto line = std::get<VoteLine>(parse_vote_line("{" + poll + "," + rest));
  CHECK(line.poll.text() == "7Q2M9X4KTB3D");
  CHECK(line.vote.voter == "ann");
  CHECK(line.vote.choices == events::Choices{1, 0});
  CHECK(line.vote.replaces == events::Seq(3));
  CHECK(std::holds_alternative<VoteLine>(parse_vote_line("{" + poll + R"(,"choices":[0]})")));
  const std::vector<std::pair<std::string, Refusal>> refused = {
      {"", Refusal::bad_json},
      {"\r", Refusal::bad_json},
      {"[1", Refusal::bad_json},
      {"[1]", Refusal::invalid},
      {"{" + rest, Refusal::invalid},
      {R"({"poll":7,)" + rest, Refusal::invalid},
      {R"({"poll":"7q2m9x4ktb3d",)" + rest, Refusal::no_such_poll},
      {R"({"poll":"",)" + rest, Refusal::no_such_poll},
      {"{" + poll + "}", Refusal::invalid},
      {"{" + poll + R"(,"choices":[-1]})", Refusal::invalid},
      {"{" + poll + R"(,"choices":[0],"vote_id":"7"})", Refusal::invalid},
      {"{" + poll + R"(,"choices":[0],"voter":""})", Refusal::invalid},
      {"{" + poll + R"(,"choices":[0],"voter":")" + std::string(257, 'x') + "\"}",
       Refusal::invalid},
      {"{" + poll + R"(,"code":"x",)" + rest, Refusal::unknown_member},
  };
  for (const auto& [text, code] : refused) {
    CAPTURE(text);
    CHECK(refusal(parse_vote_line(text)) == code);
  }
}

TEST_CASE("extending: one of both ways") {
  CHECK(std::get<ExtendBody>(parse_extend(R"({"by":600})")).by_ms == 600'000);
  CHECK(std::get<ExtendBody>(parse_extend(R"({"closes_at":"2025-11-20T12:00:00Z"})")).closes_at ==
        kNow);
  CHECK(refusal(parse_extend("{}")) == Refusal::invalid);
  CHECK(refusal(parse_extend(R"({"by":1,"closes_at":"2025-11-20T12:00:00Z"})")) ==
        Refusal::invalid);
  CHECK(refusal(parse_extend(R"({"by":0})")) == Refusal::invalid);
}

TEST_CASE("codes: one to ten thousand a call") {
  CHECK(std::get<CodesBody>(parse_codes(R"({"count":10000})")).count == 10'000);
  CHECK(refusal(parse_codes(R"({"count":10001})")) == Refusal::invalid);
  CHECK(refusal(parse_codes(R"({"count":0})")) == Refusal::invalid);
}

TEST_CASE("no body and an empty object are the same") {
  CHECK_FALSE(check_empty("").has_value());
  CHECK_FALSE(check_empty("{}").has_value());
  CHECK(check_empty(R"({"now":true})")->refusal == Refusal::unknown_member);
  CHECK(check_empty("[").value().refusal == Refusal::bad_json);
}
