#include "infra/bench/histogram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace flashpoll::bench {

TEST_CASE("percentiles are those of the sorted values, to a part in a thousand") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Histogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(random() >> (24 + random() % 40));  // of every size up to 2^40
    histogram.add(values.back());
  }
  std::ranges::sort(values);
  CHECK(histogram.count() == values.size());
  CHECK(histogram.max_ms() == static_cast<double>(values.back()) / 1e6);
  for (const double share : {0.0, 0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto place = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    const double exact = static_cast<double>(values[place]) / 1e6;
    CHECK(histogram.percentile_ms(share) >= exact);
    CHECK(histogram.percentile_ms(share) <= exact * 1.001 + 1e-6);
  }
}

TEST_CASE("a histogram without values says 0, and what is too long counts as the longest") {
  Histogram histogram;
  CHECK(histogram.percentile_ms(0.99) == 0);
  CHECK(histogram.max_ms() == 0);
  histogram.add(~std::uint64_t{0});
  CHECK(histogram.max_ms() == doctest::Approx(1'099'511.6));
  CHECK(histogram.percentile_ms(0.5) == histogram.max_ms());
}

}  // namespace flashpoll::bench
