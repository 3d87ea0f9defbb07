#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "events/fold.h"

namespace flashpoll::test {

/// Records as a busy service makes them, in the order of their appends: many polls of all kinds,
/// ballots that are changed, taken back, sent again and refused, codes, extensions, ends; and a few
/// without effect. Times step back now and then. The same seed gives the same records everywhere.
class RandomHistory {
 public:
  struct Item {
    std::string key;
    std::string value;
    std::int64_t time_ms = 0;
    bool stray = false;
  };

  RandomHistory(std::uint64_t seed, std::size_t polls, events::KeyFingerprint fingerprint);

  [[nodiscard]] Item next();

 private:
  /// 0 … bound - 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  [[nodiscard]] bool one_of(std::uint64_t count) { return below(count) == 0; }
  [[nodiscard]] events::Uuid uuid();
  [[nodiscard]] events::Event opening(events::PollId poll);
  [[nodiscard]] events::Event by_owner(const events::Poll& poll);
  [[nodiscard]] events::Event by_voter(const events::Poll& poll, std::uint64_t number);
  [[nodiscard]] events::Choices choices_of(const events::Poll& poll);
  [[nodiscard]] Item stray(events::PollId poll);
  void pass_time();

  std::mt19937_64 random_;
  std::vector<events::PollId> polls_;
  std::vector<std::uint64_t> voters_;  ///< of each poll, so far
  events::KeyFingerprint fingerprint_;
  events::Fold fold_;
  std::int64_t now_ms_;
  std::int64_t offset_ = 0;
};

}  // namespace flashpoll::test
