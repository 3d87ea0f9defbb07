#include "infra/bench/report.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "infra/json/json.h"

namespace flashpoll::bench {

namespace {

Options rounds(int count) {
  Options options;
  options.rounds = count;
  options.command = "flashpoll-bench votes";
  return options;
}

/// A side that shows these values of `cpu us`, one a round.
Side showing(const std::string& name, std::vector<double> values, std::string& order) {
  return {name, [name, values, &order, next = std::size_t{0}]() mutable -> Figures {
            order += name;
            return {{"cpu us", values.at(next++)}};
          }};
}

const json::Value& first_comparison(const json::Value& report) {
  return report.find("comparisons")->array().at(0);
}

}  // namespace

TEST_CASE("the spread is median, lowest and highest") {
  CHECK(spread_of({3, 1, 2}).median == 2);
  CHECK(spread_of({4, 1, 2, 3}).median == 2.5);
  CHECK(spread_of({3, 1, 2}).low == 1);
  CHECK(spread_of({3, 1, 2}).high == 3);
  CHECK(spread_of({}).median == 0);
}

TEST_CASE("sides alternate, and a ratio is that of the same round") {
  const Options options = rounds(3);
  Report report("votes", options);
  std::string order;
  report.alternate({showing("A", {10, 30, 20}, order), showing("B", {5, 10, 20}, order)});
  CHECK(order == "ABABAB");
  report.ratio("cpu us", "A", "B", at_most(2, 1.5));
  const auto parsed = json::parse(report.json());
  const json::Value& ratio = first_comparison(std::get<json::Value>(parsed));
  CHECK(ratio.find("median")->number() == "2");  // of 2, 3 and 1
  CHECK(ratio.find("low")->number() == "1");
  CHECK(ratio.find("high")->number() == "3");
  CHECK(ratio.find("judged")->string() == "must");
  CHECK(ratio.find("no_difference")->boolean());  // 10…30 and 5…20 overlap
}

TEST_CASE("a goal is met, aimed at or missed") {
  Comparison comparison;
  comparison.rounds = {2};
  CHECK(comparison.judged() == "free");
  comparison.goal = at_most(2, 1);
  CHECK(comparison.judged() == "must");
  comparison.goal = at_most(1.9, 1);
  CHECK(comparison.judged() == "missed");
  comparison.goal = at_least(1, 2);
  CHECK(comparison.judged() == "aim");
  comparison.goal = at_least(3, 4);
  CHECK(comparison.judged() == "missed");
}

TEST_CASE("spreads apart are a difference; what was not measured cannot be compared") {
  const Options options = rounds(2);
  Report report("votes", options);
  std::string order;
  report.alternate({showing("A", {1, 2}, order), showing("B", {3, 4}, order)});
  report.difference("cpu us", "A", "B", at_most(0, -1));
  const auto parsed = json::parse(report.json());
  const json::Value& difference = first_comparison(std::get<json::Value>(parsed));
  CHECK(difference.find("median")->number() == "-2");
  CHECK(!difference.find("no_difference")->boolean());
  CHECK_THROWS_AS(report.ratio("cpu us", "A", "C", {}), std::logic_error);
  CHECK_THROWS_AS(report.ratio("p99 ms", "A", "B", {}), std::logic_error);
}

TEST_CASE("the history keeps ratios and differences, no absolute figures") {
  const Options options = rounds(1);
  Report report("votes", options);
  std::string order;
  report.alternate({showing("A", {3}, order), showing("B", {2}, order)});
  report.ratio("cpu us", "A", "B", at_most(2, 1));
  report.absolute("cpu us", "A", at_most(2, 1));
  const auto parsed = json::parse(report.history_line());
  const json::Value& ratios = *std::get<json::Value>(parsed).find("ratios");
  REQUIRE(ratios.object().size() == 1);
  CHECK(ratios.object()[0].name == "cpu us: A / B");
  CHECK(ratios.object()[0].value.find("median")->number() == "1.5");
}

TEST_CASE("what is not finite is null in JSON") {
  const Options options = rounds(1);
  Report report("votes", options);
  std::string order;
  report.alternate({showing("A", {3}, order), showing("B", {0}, order)});
  report.ratio("cpu us", "A", "B", at_most(2, 1));
  const auto parsed = json::parse(report.json());
  const json::Value& ratio = first_comparison(std::get<json::Value>(parsed));
  CHECK(ratio.find("median")->is(json::Kind::null));
  CHECK(ratio.find("rounds")->array().at(0).is(json::Kind::null));
  CHECK(ratio.find("judged")->string() == "missed");
}

TEST_CASE("the table shows figures, goals, facts and the command") {
  const Options options = rounds(1);
  Report report("votes", options);
  std::string order;
  report.alternate({showing("A", {3.25}, order)});
  report.absolute("cpu us", "A", at_most(2, 1));
  report.fact("verify", "equal");
  const std::string table = report.table();
  for (const char* part :
       {"flashpoll-bench votes", "3.25", "must ≤ 2, aim 1: missed", "verify: equal"}) {
    CHECK_MESSAGE(table.find(part) != std::string::npos, part, " in ", table);
  }
}

}  // namespace flashpoll::bench
