#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "events/codec.h"
#include "events/fold.h"

/// given / when / then for the domain: events go through a fold, each a second after the one
/// before, unless `at` says otherwise.
namespace flashpoll::events::testing {

inline const PollId kPoll(0x0123456789ABCDE);
inline constexpr TimeMs kStart = 1'700'000'000'000;
inline constexpr TimeMs kCloses = kStart + 3'600'000;

inline VoterTag voter(std::uint8_t number) {
  VoterTag tag;
  tag.bytes.fill(number);
  return tag;
}
inline const VoterTag ann = voter(1);
inline const VoterTag bob = voter(2);

inline Uuid uuid(std::uint8_t number) {
  Uuid id;
  id.bytes.fill(number);
  return id;
}

/// An event, and when the ledger takes it (0: a second after the one before).
struct Step {
  Event event;
  TimeMs append_time = 0;
};
inline Step at(TimeMs when, Step step) { return {std::move(step.event), when}; }

inline PollOpened lunch() {
  PollOpened event;
  event.poll = kPoll;
  event.id = uuid(100);
  event.question = "lunch";
  event.choices = {"pizza", "sushi", "salad"};
  event.closes_at = kCloses;
  return event;
}
inline Step opened(PollOpened event = lunch()) { return {std::move(event)}; }
inline PollOpened changeable() {
  PollOpened event = lunch();
  event.allow_change = true;
  return event;
}
inline Step cast(const VoterTag& who, Choices choices, std::uint8_t vote_id = 0,
                 std::optional<std::uint64_t> replaces = {}) {
  VoteCast event{kPoll, who, uuid(vote_id != 0 ? vote_id : who.bytes[0]), std::move(choices), {}};
  if (replaces) event.replaces = Seq(*replaces);
  return {event};
}
inline Step retract(const VoterTag& who, std::uint64_t replaces, std::uint8_t vote_id = 200) {
  return {VoteRetracted{kPoll, who, uuid(vote_id), Seq(replaces)}};
}
inline Step closed(ClosedBy by = ClosedBy::owner) { return {PollClosed{kPoll, uuid(101), by}}; }
inline Step hidden() { return {PollHidden{kPoll, uuid(102)}}; }
inline Step extended(TimeMs closes_at) { return {PollExtended{kPoll, uuid(103), closes_at}}; }
inline Step issued(std::uint32_t first, std::uint32_t count) {
  return {CodesIssued{kPoll, uuid(104), first, count}};
}

class Scenario {
 public:
  template <class... Steps>
  Scenario& given(Steps... steps) {
    (take(std::move(steps)), ...);
    return *this;
  }
  Scenario& when(Step step) { return given(std::move(step)); }
  /// `none`: it counted.
  Scenario& then(Reason expected) {
    INFO("expected: ", name(expected), ", verdict: ", name(reason_));
    CHECK(reason_ == expected);
    return *this;
  }
  Scenario& counted() { return then(Reason::none); }
  Scenario& counts(std::vector<std::uint64_t> expected) {
    CHECK(poll().votes == expected);
    return *this;
  }
  [[nodiscard]] const Poll& poll() const { return *fold_.find(kPoll); }
  [[nodiscard]] Fold& fold() { return fold_; }
  [[nodiscard]] Seq seq() const { return seq_; }
  [[nodiscard]] const Choices& added() const { return added_; }
  [[nodiscard]] const Choices& removed() const { return removed_; }

 private:
  void take(Step step) {
    if (step.append_time == 0) step.append_time = now_ + 1000;
    now_ = step.append_time;
    const Decoded decoded = std::move(step.event);
    const Outcome outcome = fold_.fold({offset_++, now_}, decoded);
    const auto* judged = std::get_if<Judged>(&outcome);
    REQUIRE(judged != nullptr);
    reason_ = judged->reason;
    seq_ = judged->seq;
    added_ = judged->added();
    removed_ = judged->removed();
  }

  Fold fold_;
  TimeMs now_ = kStart;
  std::int64_t offset_ = 0;
  Reason reason_ = Reason::none;
  Seq seq_;
  Choices added_;
  Choices removed_;
};

template <class... Steps>
Scenario given(Steps... steps) {
  Scenario scenario;
  scenario.given(std::move(steps)...);
  return scenario;
}

}  // namespace flashpoll::events::testing
