#include "command/by_number.h"

#include <doctest/doctest.h>

#include <array>

using flashpoll::command::ByNumber;

TEST_CASE("items are found by their number until erased, whatever numbers are left out") {
  std::array<int, 3> items{};
  ByNumber<int> table;
  CHECK(table.find(0) == nullptr);
  table.add(5, &items[0]);
  table.add(6, &items[1]);
  table.add(9, &items[2]);
  for (const std::uint64_t absent : {0, 4, 7, 8, 10}) CHECK(table.find(absent) == nullptr);
  CHECK(table.find(9) == &items[2]);
  table.erase(6);
  table.erase(6);
  table.erase(100);
  CHECK(table.find(6) == nullptr);
  CHECK(table.find(5) == &items[0]);
  table.erase(5);
  CHECK(table.find(9) == &items[2]);
  table.erase(9);
  table.add(20, &items[0]);
  CHECK(table.find(20) == &items[0]);
  CHECK(table.find(9) == nullptr);
}
