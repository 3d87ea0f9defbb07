#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace flashpoll::events::testing {

/// The seed of a random test, printed so that a failure can be repeated with
/// FLASHPOLL_TEST_SEED=… in the environment.
inline std::uint64_t test_seed(const char* test) {
  const char* given = std::getenv("FLASHPOLL_TEST_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::fprintf(stderr, "%s: FLASHPOLL_TEST_SEED=%llu\n", test,
               static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace flashpoll::events::testing
