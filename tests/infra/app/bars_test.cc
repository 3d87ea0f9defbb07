#include "infra/app/bars.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "infra/app/terminal.h"

namespace flashpoll::app {
namespace {

Picture lunch() {
  return {.question = "Lunch today?",
          .choices = {"Pizza", "Sushi"},
          .votes = {25, 15},
          .voters = 40,
          .seq = 42,
          .at = "2026-11-20T12:00:00.123Z",
          .status = "open"};
}

TEST_CASE("a bar is a share of the voters in eighths of a column, and one vote is seen") {
  CHECK(bar_eighths(0, 40, 10) == 0);
  CHECK(bar_eighths(20, 40, 10) == 40);
  CHECK(bar_eighths(40, 40, 10) == 80);
  CHECK(bar_eighths(1, 1'000'000, 10) == 1);
  CHECK(bar_eighths(5, 0, 10) == 0);
  CHECK(bar_eighths(50, 40, 10) == 80);
}

TEST_CASE("blocks, with a part of one at the end") {
  CHECK(bar(0).empty());
  CHECK(bar(16) == "██");
  CHECK(bar(11) == "█▍");
  CHECK(bar(7) == "▉");
}

TEST_CASE("a share is rounded down to tenths") {
  CHECK(share(25, 40) == "62.5 %");
  CHECK(share(2, 3) == "66.6 %");
  CHECK(share(40, 40) == "100.0 %");
  CHECK(share(0, 0) == "–");
}

TEST_CASE("question, a line per choice, state") {
  const auto lines = draw(lunch(), 60);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "Lunch today?");
  CHECK(lines[1].starts_with(" 1  Pizza  █"));
  CHECK(lines[1].ends_with("  25   62.5 %"));
  CHECK(lines[2].starts_with(" 2  Sushi  █"));
  CHECK(lines[3] == " open, 40 voters, entry 42 at 2026-11-20T12:00:00.123Z");
  CHECK(std::ranges::count(lines[1], '\x88') > std::ranges::count(lines[2], '\x88'));
}

TEST_CASE("no line is wider than the terminal, whatever the texts") {
  Picture picture = lunch();
  for (int i = 0; i < 60; ++i) picture.question += "wide 寿司 ";
  picture.choices = {std::string(300, 'x'), "寿司寿司寿司寿司寿司寿司寿司寿司寿司寿司寿司寿司"};
  picture.votes = {999'999'999'999, 1};
  picture.voters = 1'000'000'000'000;
  for (int columns = 40; columns < 130; ++columns) {
    CAPTURE(columns);
    for (const std::string& line : draw(picture, columns)) CHECK(columns_of(line) <= columns);
  }
}

TEST_CASE("withheld counts draw no bars") {
  Picture picture = lunch();
  picture.votes.clear();
  const auto lines = draw(picture, 80);
  CHECK(lines[1] == " 1  Pizza");
  CHECK(one_line(picture) == "2026-11-20T12:00:00.123Z 42 open, 40 voted");
}

TEST_CASE("one line for what is no terminal") {
  CHECK(one_line(lunch()) == "2026-11-20T12:00:00.123Z 42 open, 40 voted: Pizza 25, Sushi 15");
}

TEST_CASE("a choice cannot steer the terminal") {
  Picture picture = lunch();
  picture.question = "Lunch\x1b[2J today?";
  picture.choices[0] = "Pi\nzza";
  for (const std::string& line : draw(picture, 80)) {
    CHECK(line.find('\x1b') == std::string::npos);
    CHECK(line.find('\n') == std::string::npos);
  }
  CHECK(one_line(picture).find('\n') == std::string::npos);
}

}  // namespace
}  // namespace flashpoll::app
