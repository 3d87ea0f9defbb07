#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "events/credentials.h"
#include "events/event.h"
#include "infra/ledger/ledger.h"

namespace flashpoll::bench {

struct SampleVote {
  std::string key;
  std::string value;
};

/// A history without end: polls are opened, then each gets votes in turn, every one by a new voter.
/// The same numbers give the same votes.
class SampleVotes {
 public:
  /// The openings' `key` is that of no secret unless it is given.
  explicit SampleVotes(int polls, const events::KeyFingerprint& key = {});

  [[nodiscard]] std::vector<events::Event> openings() const;
  [[nodiscard]] SampleVote next();
  [[nodiscard]] events::VoteCast next_event();

 private:
  std::vector<events::PollId> polls_;
  events::KeyFingerprint key_;
  std::uint64_t number_ = 0;
};

/// Appends openings and so many votes to a ledger that is made for an import. Their times are those
/// of the last hours, so that no poll is over.
void fill(ledger::Ledger& ledger, std::uint64_t votes, int polls,
          const events::KeyFingerprint& key);

/// 16 bytes that look random and are another value for each number.
[[nodiscard]] std::array<std::uint8_t, 16> scattered(std::uint64_t number);

}  // namespace flashpoll::bench
