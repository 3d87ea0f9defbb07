#include "events/voters.h"

#include <doctest/doctest.h>

#include <map>

#include "tests/events/random_events.h"
#include "tests/events/seed.h"

using namespace flashpoll::events;
using namespace flashpoll::events::testing;

namespace {

Standing ballot(std::uint64_t seq, std::size_t choices) {
  Standing standing;
  standing.seq = Seq(seq);
  standing.at = kMaxTimeMs;
  for (std::size_t i = 0; i < choices; ++i) {
    standing.choices.push_back(static_cast<std::uint8_t>(i + seq));
  }
  return standing;
}

}  // namespace

TEST_CASE("a ballot of any length is kept, and gives way to one of any other length") {
  Voters voters;
  const VoterTag voter = {.bytes = {7}};
  std::uint64_t seq = 0;
  for (const std::size_t choices : {1, 8, 9, 15, 16, 255, 8, 255, 1}) {
    const Standing put = ballot(++seq, choices);
    voters.put(voter, put);
    const auto found = voters.find(voter);
    REQUIRE(found);
    CHECK(found->seq == put.seq);
    CHECK(found->choices == put.choices);
    CHECK(voters.size() == 1);
  }
}

TEST_CASE("voters whose tags differ where no table looks are told apart") {
  Voters voters;
  const auto tag = [](int i) {
    VoterTag voter;
    voter.bytes[1] = static_cast<std::uint8_t>(i);
    voter.bytes[2] = static_cast<std::uint8_t>(i >> 8);
    return voter;
  };
  constexpr int kVoters = 5000;  // more than a bucket of their index holds
  for (int i = 0; i < kVoters; ++i) {
    CHECK_FALSE(voters.find(tag(i)));
    voters.put(tag(i), ballot(static_cast<std::uint64_t>(i), 1));
  }
  CHECK(voters.size() == kVoters);
  for (int i = 0; i < kVoters; ++i) {
    CHECK(voters.find(tag(i))->seq == Seq(static_cast<std::uint64_t>(i)));
  }
}

TEST_CASE("what random voters did last is found, and walked once in parts") {
  RandomEvents random(test_seed("voters"));
  Voters voters;
  std::map<VoterTag, Standing> model;
  std::vector<VoterTag> tags;
  for (std::uint64_t seq = 0; seq < 30'000; ++seq) {
    const bool again = !tags.empty() && random.below(3) == 0;
    const VoterTag voter = again ? tags[random.below(tags.size())] : random.voter();
    if (!again) tags.push_back(voter);
    voters.expect(voter);
    const Standing standing = ballot(seq, random.below(12));
    voters.put(voter, standing);
    model[voter] = standing;
  }
  REQUIRE(voters.size() == model.size());
  CHECK_FALSE(voters.find(random.voter()));
  std::size_t walked = 0;
  const Voters copy = voters;
  voters.clear();
  CHECK(voters.size() == 0);
  CHECK_FALSE(voters.find(tags.front()));
  for (std::size_t part = 0; part < copy.parts(); ++part) {
    copy.each_of(part, [&](const VoterTag& voter, const Standing& standing) {
      ++walked;
      const Standing& expected = model.at(voter);
      REQUIRE(standing.seq == expected.seq);
      REQUIRE(standing.choices == expected.choices);
      REQUIRE(copy.find(voter)->seq == expected.seq);
    });
  }
  CHECK(walked == model.size());
}
