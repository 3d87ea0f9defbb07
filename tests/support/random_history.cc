#include "tests/support/random_history.h"

#include <algorithm>

#include "events/codec.h"

namespace flashpoll::test {

using namespace events;

namespace {

constexpr std::int64_t kStartMs = 1'770'000'000'000;
constexpr std::int64_t kHourMs = 3'600'000;

VoterTag tag(PollId poll, std::uint64_t number) {
  VoterTag tag;
  for (std::size_t i = 0; i < 8; ++i) {
    tag.bytes[i] = static_cast<std::uint8_t>(number * 0x9E3779B97F4A7C15U >> (8 * i));
    // Spread like a MAC, on which the fold's map relies.
    tag.bytes[8 + i] =
        static_cast<std::uint8_t>((poll.bits() ^ number) * 0xD6E8FEB86659FD93U >> (8 * i));
  }
  return tag;
}

}  // namespace

RandomHistory::RandomHistory(std::uint64_t seed, std::size_t polls, KeyFingerprint fingerprint)
    : random_(seed), voters_(polls), fingerprint_(fingerprint), now_ms_(kStartMs) {
  for (std::size_t i = 0; i < polls; ++i) polls_.emplace_back(random_());
}

RandomHistory::Item RandomHistory::next() {
  pass_time();
  const std::size_t which = std::min(below(polls_.size()), below(polls_.size()));
  const PollId id = polls_[which];
  if (one_of(500)) return stray(id);
  const Poll* poll = fold_.find(id);
  Event event = poll == nullptr ? opening(id)
                : one_of(200)
                    ? by_owner(*poll)
                    : by_voter(*poll, one_of(4) ? below(voters_[which] + 1) : ++voters_[which]);
  Item item{.key = id.text(), .value = encode(event), .time_ms = now_ms_};
  const Decoded decoded = std::move(event);
  (void)fold_.fold({offset_++, now_ms_}, decoded);
  return item;
}

/// Forward as a rule, now and then back, and sometimes a pause.
void RandomHistory::pass_time() {
  now_ms_ += static_cast<std::int64_t>(below(12));
  if (one_of(100)) now_ms_ -= static_cast<std::int64_t>(below(3'000));
  if (one_of(1'000)) now_ms_ += static_cast<std::int64_t>(below(60'000));
}

Uuid RandomHistory::uuid() {
  std::array<std::uint8_t, 10> random{};
  for (std::uint8_t& byte : random) byte = static_cast<std::uint8_t>(random_());
  return uuid_v7(now_ms_, random);
}

Event RandomHistory::opening(PollId poll) {
  PollOpened event;
  event.poll = poll;
  event.id = uuid();
  event.question = "Was \"nun\"?\n\\ 你好 \x7F " + poll.text();
  for (std::uint64_t i = 0, count = 2 + below(9); i < count; ++i) {
    event.choices.push_back("choice " + std::to_string(i));
  }
  event.max = static_cast<std::uint8_t>(1 + below(event.choices.size()));
  event.min = static_cast<std::uint8_t>(1 + below(event.max));
  event.method = event.max > 1 ? Method::approval : Method::plurality;
  event.eligibility = static_cast<Eligibility>(below(3));
  event.allow_change = one_of(2);
  event.opens_at = one_of(4) ? now_ms_ + static_cast<std::int64_t>(below(2'000)) : 0;
  event.closes_at = now_ms_ + kHourMs / (one_of(3) ? 30 : 1) * 24 + 10'000;
  event.key = fingerprint_;
  return event;
}

Event RandomHistory::by_owner(const Poll& poll) {
  const PollId id = poll.settings.poll;
  // Most polls go on to the end, however many entries come.
  if (one_of(20) && id.bits() % 8 == 0) return PollHidden{id, uuid()};
  if (one_of(20) && id.bits() % 4 == 1) return PollClosed{id, uuid(), ClosedBy::owner};
  switch (below(20)) {
    case 0:
      return PollClosed{id, uuid(), ClosedBy::deadline};
    case 1:
      return opening(id);
    case 2:
    case 3:
      return PollExtended{id, uuid(),
                          poll.settings.closes_at + static_cast<std::int64_t>(below(3)) * 60'000};
    default:
      return CodesIssued{id, uuid(), poll.codes_issued + (one_of(4) ? 1U : 0U),
                         1 + static_cast<std::uint32_t>(below(20))};
  }
}

Event RandomHistory::by_voter(const Poll& poll, std::uint64_t number) {
  const PollId id = poll.settings.poll;
  const VoterTag voter = tag(id, number);
  const auto standing = poll.voters.find(voter);
  VoteCast vote{id, voter, uuid(), choices_of(poll), {}};
  if (!standing || one_of(6)) return vote;
  if (one_of(6)) {
    // The same request again, or another one under its name.
    vote.vote_id = standing->vote_id;
    vote.replaces = standing->replaces;
    if (one_of(4)) return vote;
    if (standing->retracted) return VoteRetracted{id, voter, vote.vote_id, *standing->replaces};
    vote.choices = standing->choices;
    return vote;
  }
  const Seq latest = one_of(8) ? Seq(0) : standing->seq;
  if (one_of(3)) return VoteRetracted{id, voter, uuid(), latest};
  vote.replaces = latest;
  return vote;
}

Choices RandomHistory::choices_of(const Poll& poll) {
  Choices choices;
  const std::size_t count = poll.settings.choices.size();
  if (one_of(50)) choices.push_back(static_cast<std::uint8_t>(count));
  const std::uint64_t wanted = poll.settings.min + below(poll.settings.max - poll.settings.min + 1);
  for (std::uint64_t i = below(count), left = wanted; left > 0; ++i, --left) {
    choices.push_back(static_cast<std::uint8_t>(i % count));
  }
  return choices;
}

RandomHistory::Item RandomHistory::stray(PollId poll) {
  Item item{.key = poll.text(), .value = "\xFF not JSON \x01", .time_ms = now_ms_, .stray = true};
  if (one_of(2)) item.value = R"({"type":"poll.closed.v1", "poll":")" + item.key + "\"}";
  if (one_of(3)) {
    const PollId unheard(poll.bits() ^ 1);
    item.key = unheard.text();
    item.value = encode(PollHidden{unheard, uuid()});
  }
  return item;
}

}  // namespace flashpoll::test
