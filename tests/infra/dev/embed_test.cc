#include <doctest/doctest.h>

#include "query/web_assets.h"

namespace flashpoll::query {

TEST_CASE("files are embedded byte for byte, in the order of their names") {
  const auto assets = web_assets();
  REQUIRE(assets.size() == 3);
  CHECK(assets[0].name == "bytes.bin");
  CHECK(assets[0].bytes == std::string_view("a\0b\"\\\n", 6));
  CHECK(assets[1].name == "empty");
  CHECK(assets[1].bytes.empty());
  CHECK(assets[2].name == "pages/one.html");
  CHECK(assets[2].bytes == "<p>{{text}}</p>\n");
}

}  // namespace flashpoll::query
