#include "events/place_index.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/events/random_events.h"
#include "tests/events/seed.h"

using namespace flashpoll::events;
using namespace flashpoll::events::testing;

namespace {

/// Adds place i at prints[i], then finds each, and finds nothing where a print was taken by nobody.
void check_all(const std::vector<std::uint32_t>& prints) {
  PlaceIndex index;
  for (std::uint32_t place = 0; place < prints.size(); ++place) {
    index.expect(prints[place]);
    CHECK(index.find(prints[place], [&](auto found) { return found == place; }) ==
          PlaceIndex::kNowhere);
    index.add(prints[place], place);
  }
  const PlaceIndex copy = index;
  for (std::uint32_t place = 0; place < prints.size(); ++place) {
    REQUIRE(copy.find(prints[place], [&](auto found) {
      CHECK(prints[found] == prints[place]);
      return found == place;
    }) == place);
  }
  CHECK(copy.find(prints[0], [](auto) { return false; }) == PlaceIndex::kNowhere);
}

}  // namespace

TEST_CASE("places are found by their prints, however often buckets have split") {
  RandomEvents random(test_seed("place_index"));
  std::vector<std::uint32_t> prints(200'000);
  for (std::uint32_t& print : prints) print = static_cast<std::uint32_t>(random.below(1ULL << 32));
  check_all(prints);
}

TEST_CASE("prints that are alike in the bits that choose the bucket, or the slot") {
  for (const int shift : {0, 13, 19}) {
    std::vector<std::uint32_t> prints;
    for (std::uint32_t i = 0; i < 8'192; ++i) prints.push_back(i << shift | (shift > 0 ? 7U : 0U));
    CAPTURE(shift);
    check_all(prints);
  }
}

TEST_CASE("more equal prints than a bucket holds, beside others") {
  std::vector<std::uint32_t> prints(4'200, 0xABCD'1234);
  for (std::uint32_t i = 0; i < 20'000; ++i) prints.push_back(i * 2'654'435'761U);
  check_all(prints);
}
