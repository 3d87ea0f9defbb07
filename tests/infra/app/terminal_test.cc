#include "infra/app/terminal.h"

#include <doctest/doctest.h>

namespace flashpoll::app {
namespace {

TEST_CASE("what could steer a terminal, and what is no UTF-8, is replaced") {
  CHECK(printable("Café 寿司 🍕") == "Café 寿司 🍕");
  CHECK(printable("a\x1b[31mb") == "a\uFFFD[31mb");
  CHECK(printable("a\r\nb\tc") == "a\uFFFD\uFFFDb\uFFFDc");
  CHECK(printable("a\x7F\u009Bb") == "a\uFFFD\uFFFDb");
  CHECK(printable("right\u202Eleft\u2066x") == "right\uFFFDleft\uFFFDx");
  CHECK(printable("\xFF\xC3") == "\uFFFD\uFFFD");
  CHECK(printable("\xC3(") == "\uFFFD(");
}

TEST_CASE("columns of narrow, wide and combining characters") {
  CHECK(columns_of("") == 0);
  CHECK(columns_of("abc") == 3);
  CHECK(columns_of("é") == 1);
  CHECK(columns_of("e\u0301") == 1);
  CHECK(columns_of("寿司") == 4);
  CHECK(columns_of("🍕") == 2);
}

TEST_CASE("text is filled up or cut to exactly the columns") {
  CHECK(fit("abc", 5) == "abc  ");
  CHECK(fit("abc", 3) == "abc");
  CHECK(fit("abcdef", 4) == "abc…");
  CHECK(fit("寿司寿司", 4) == "寿… ");
  for (int columns = 1; columns < 12; ++columns) {
    CHECK(columns_of(fit("a寿b司c🍕d", columns)) == columns);
  }
}

}  // namespace
}  // namespace flashpoll::app
