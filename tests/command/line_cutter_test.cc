#include "command/line_cutter.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using flashpoll::command::LineCutter;

namespace {

constexpr std::size_t kLimit = 10;

/// The lines of pieces, `!` for one that is too long.
std::vector<std::string> cut(const std::vector<std::string>& pieces) {
  LineCutter cutter(kLimit);
  std::vector<std::string> lines;
  const auto take = [&] {
    while (const auto line = cutter.next()) {
      lines.push_back(line->too_long ? "!" : std::string(line->text));
    }
  };
  for (const std::string& piece : pieces) {
    cutter.add(piece);
    take();
  }
  cutter.end();
  take();
  CHECK_FALSE(cutter.next());
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("lines end with LF, the last one need not") {
  CHECK(cut({"a\nb\n"}) == Lines{"a", "b"});
  CHECK(cut({"a\nb"}) == Lines{"a", "b"});
  CHECK(cut({""}).empty());
  CHECK(cut({}).empty());
  CHECK(cut({"\n\na\n"}) == Lines{"", "", "a"});
  CHECK(cut({"a\r\n\r\n"}) == Lines{"a\r", "\r"});
}

TEST_CASE("a line of the limit is whole, a longer one is told once as too long") {
  CHECK(cut({"0123456789\nx\n"}) == Lines{"0123456789", "x"});
  CHECK(cut({"0123456789a\nx\n"}) == Lines{"!", "x"});
  CHECK(cut({"0123456789a"}) == Lines{"!"});
  CHECK(cut({"0123456789a", "0123456789", "0123456789a", "\nx"}) == Lines{"!", "x"});
  CHECK(cut({"0123456789a", "b\n0123456789ab\ny\n"}) == Lines{"!", "!", "y"});
}

TEST_CASE("where a text is cut does not matter") {
  const std::string text = "abc\n\n0123456789\n0123456789ab\nd\n0123456789abcdefghijklm\nlast";
  const Lines whole = cut({text});
  CHECK(whole == Lines{"abc", "", "0123456789", "!", "d", "!", "last"});
  for (std::size_t a = 0; a <= text.size(); ++a) {
    for (std::size_t b = a; b <= text.size(); ++b) {
      CHECK(cut({text.substr(0, a), text.substr(a, b - a), text.substr(b)}) == whole);
    }
  }
}
