#include "infra/app/client_choice.h"

#include <doctest/doctest.h>

#include "infra/runtime/fault.h"

namespace flashpoll::app {
namespace {

using Indices = std::vector<std::size_t>;

const std::vector<std::string> kLunch = {"Pizza", "Sushi", "Soup, of the day"};

Indices resolved(const std::vector<std::string>& choices, const std::vector<std::string>& given,
                 ChoiceKind kind = ChoiceKind::either) {
  return resolve_choices(choices, given, kind);
}

TEST_CASE("a choice is a number from 1 or the exact text") {
  CHECK(resolved(kLunch, {"1"}) == Indices{0});
  CHECK(resolved(kLunch, {"Sushi"}) == Indices{1});
  CHECK(resolved(kLunch, {"3", "Pizza"}) == Indices{2, 0});
  CHECK(resolved(kLunch, {"Soup, of the day"}) == Indices{2});
}

TEST_CASE("anything else is refused, and the choices are named") {
  for (const char* given :
       {"0", "4", "-1", "01", "1.0", "sushi", "Sush", "", "99999999999999999"}) {
    CAPTURE(given);
    CHECK_THROWS_AS(resolved(kLunch, {given}), Misconfigured);
  }
  CHECK_THROWS_WITH(resolved({"Yes", "N\x1bo"}, {"maybe"}),
                    "'maybe' is no choice of this poll. It has:\n  1  Yes\n  2  N\uFFFDo");
}

TEST_CASE("a text that is another choice's number is never guessed at") {
  const std::vector<std::string> years = {"2", "1", "3"};
  CHECK_THROWS_AS(resolved(years, {"1"}), Misconfigured);
  CHECK(resolved(years, {"1"}, ChoiceKind::number) == Indices{0});
  CHECK(resolved(years, {"1"}, ChoiceKind::text) == Indices{1});
  CHECK(resolved(years, {"3"}) == Indices{2});
}

TEST_CASE("by number no text counts, by text no number") {
  CHECK_THROWS_AS(resolved(kLunch, {"Pizza"}, ChoiceKind::number), Misconfigured);
  CHECK_THROWS_AS(resolved(kLunch, {"1"}, ChoiceKind::text), Misconfigured);
}

}  // namespace
}  // namespace flashpoll::app
