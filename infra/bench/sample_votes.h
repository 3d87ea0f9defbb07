#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "events/credentials.h"
#include "events/event.h"

namespace flashpoll::bench {

struct SampleVote {
  std::string key;
  std::string value;
};

/// A history without end: polls are opened, then each gets votes in turn, every one by a new voter,
/// but for each hundredth vote of a poll where that is wanted. The same numbers give the same
/// votes.
class SampleVotes {
 public:
  enum class Voters : std::uint8_t { new_ones, some_again };

  /// The openings' `key` is that of no secret unless it is given.
  explicit SampleVotes(int polls, Voters voters = Voters::new_ones,
                       const events::KeyFingerprint& key = {});

  [[nodiscard]] std::vector<events::Event> openings() const;
  [[nodiscard]] SampleVote next();
  [[nodiscard]] events::VoteCast next_event();

 private:
  std::vector<events::PollId> polls_;
  const Voters voters_;
  const events::KeyFingerprint key_;
  std::uint64_t number_ = 0;
};

/// 16 bytes that look random and are another value for each number.
[[nodiscard]] std::array<std::uint8_t, 16> scattered(std::uint64_t number);

}  // namespace flashpoll::bench
