#include "events/slug.h"

#include <doctest/doctest.h>

namespace flashpoll::events {
namespace {

const PollId kPoll = *PollId::parse("7Q2M9X4KTB3D");

TEST_CASE("a slug is lower-case words joined by hyphens") {
  CHECK(slug("Lunch today?") == "lunch-today");
  CHECK(slug("  --Who's 1st,  really!") == "who-s-1st-really");
  CHECK(slug("Größe & Ærø à la carte") == "grosse-aero-a-la-carte");
  CHECK(slug("3 × 4 ÷ 2") == "3-4-2");
  CHECK(slug("今日の昼食").empty());
  CHECK(slug("\xC3").empty());
  CHECK(slug("").empty());
}

TEST_CASE("a long slug is cut between words, one long word anywhere") {
  const std::string words = slug("one two three four five six seven eight nine ten eleven twelve");
  CHECK(words == "one-two-three-four-five-six-seven-eight-nine-ten-eleven");
  CHECK(slug(std::string(100, 'x')) == std::string(60, 'x'));
  CHECK(slug(std::string(60, 'x') + " y") == std::string(60, 'x'));
  CHECK(slug(std::string(59, 'x') + "ß").size() <= 60);
}

TEST_CASE("a page's name ends with the poll's id, in any spelling of it") {
  CHECK(page_name("Lunch today?", kPoll) == "lunch-today-7Q2M9X4KTB3D");
  CHECK(page_name("?", kPoll) == "7Q2M9X4KTB3D");
  CHECK(parse_page_name("lunch-today-7Q2M9X4KTB3D") == kPoll);
  CHECK(parse_page_name("7Q2M9X4KTB3D") == kPoll);
  CHECK(parse_page_name("anything at all-7q2m9x4ktb3d") == kPoll);
  CHECK(parse_page_name("-7Q2M9X4KTB3D") == kPoll);
  CHECK(parse_page_name("OIL000000000") == PollId::parse("011000000000"));
  CHECK_FALSE(parse_page_name("x7Q2M9X4KTB3D"));
  CHECK_FALSE(parse_page_name("7Q2M9X4KTB3"));
  CHECK_FALSE(parse_page_name("7Q2M9X4KTB3U"));
  CHECK_FALSE(parse_page_name(""));
}

}  // namespace
}  // namespace flashpoll::events
