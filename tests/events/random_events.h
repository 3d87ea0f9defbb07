#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "events/event.h"

namespace flashpoll::events::testing {

/// Random events that obey the schema, with a liking for its edges; the same seed gives the same
/// events on every machine.
class RandomEvents {
 public:
  explicit RandomEvents(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] Event next();
  [[nodiscard]] PollOpened opened();
  [[nodiscard]] VoteCast cast();
  /// Canonical bytes with one byte changed, inserted, removed, or one piece repeated.
  [[nodiscard]] std::string mutated(std::string bytes);

  /// 0 … bound - 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  [[nodiscard]] std::string text(std::size_t max_characters);
  [[nodiscard]] Uuid uuid();
  [[nodiscard]] VoterTag voter();
  [[nodiscard]] PollId poll() { return PollId(random_()); }

 private:
  /// 0 … max, often one of the two.
  [[nodiscard]] std::uint64_t number(std::uint64_t max);
  template <std::size_t N>
  void fill(std::array<std::uint8_t, N>& bytes) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_());
  }

  std::mt19937_64 random_;
};

}  // namespace flashpoll::events::testing
