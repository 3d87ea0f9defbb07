#include <cstdio>
#include <cstdlib>

#include "events/codec.h"
#include "tests/events/random_events.h"

/// events_random_lines SEED COUNT: that many random events, one a line, as the encoder writes them.
/// The seed goes to stderr.
int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: events_random_lines SEED COUNT\n", stderr);
    return 2;
  }
  const std::uint64_t seed = std::strtoull(argv[1], nullptr, 10);
  std::fprintf(stderr, "seed %llu\n", static_cast<unsigned long long>(seed));
  flashpoll::events::testing::RandomEvents random(seed);
  for (std::uint64_t left = std::strtoull(argv[2], nullptr, 10); left > 0; --left) {
    const std::string line = flashpoll::events::encode(random.next()) + "\n";
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
  return 0;
}
