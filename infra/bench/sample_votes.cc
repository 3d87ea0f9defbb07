#include "infra/bench/sample_votes.h"

#include <cstring>

#include "events/codec.h"
#include "infra/runtime/clock.h"

namespace flashpoll::bench {

namespace {

constexpr std::int64_t kHourMs = 3'600'000;

/// The finaliser of SplitMix64 (Sebastiano Vigna).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

}  // namespace

std::array<std::uint8_t, 16> scattered(std::uint64_t number) {
  const std::array<std::uint64_t, 2> words = {mixed(number), mixed(~number)};
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

SampleVotes::SampleVotes(int polls, Voters voters, const events::KeyFingerprint& key)
    : voters_(voters), key_(key) {
  for (int i = 0; i < polls; ++i) {
    polls_.emplace_back(mixed(static_cast<std::uint64_t>(i) + 1'000'000));
  }
}

std::vector<events::Event> SampleVotes::openings() const {
  std::vector<events::Event> openings;
  for (const events::PollId poll : polls_) {
    events::PollOpened opened;
    opened.poll = poll;
    opened.id = {scattered(poll.bits())};
    opened.question = "How fast is it?";
    opened.choices = {"fast", "slow"};
    opened.closes_at = runtime::SystemClock().wall_ms() + 24 * kHourMs;
    opened.key = key_;
    openings.emplace_back(std::move(opened));
  }
  return openings;
}

events::VoteCast SampleVotes::next_event() {
  const std::uint64_t number = number_++;
  const std::uint64_t round = number / polls_.size();
  const bool again = voters_ == Voters::some_again && round % 100 == 99;
  return {.poll = polls_[number % polls_.size()],
          .voter = {scattered(2 * (again ? number - polls_.size() : number))},
          .vote_id = {scattered(2 * number + 1)},
          .choices = {static_cast<std::uint8_t>(round % 2)},
          .replaces = {}};
}

SampleVote SampleVotes::next() {
  const events::VoteCast vote = next_event();
  return {vote.poll.text(), events::encode(vote)};
}

}  // namespace flashpoll::bench
