#include "events/fold.h"

#include <algorithm>
#include <utility>

#include "events/check.h"

namespace flashpoll::events {

namespace {

std::unique_ptr<Poll> opened(const PollOpened& event, TimeMs at) {
  auto poll = std::make_unique<Poll>();
  poll->settings = event;
  poll->next_seq = Seq(1);
  poll->at = at;
  poll->opened_at = at;
  poll->first_closes_at = event.closes_at;
  poll->votes.assign(event.choices.size(), 0);
  poll->counted = 1;
  return poll;
}

/// Carries out a counted event.
struct Apply {
  Poll& poll;
  const Judged& judged;

  void operator()(const PollOpened&) const { FP_CHECK(false, "a second opening never counts"); }

  void operator()(const PollHidden&) const {
    poll.hidden = Ending{judged.seq, poll.at};
    if (!poll.closed) poll.closed = poll.hidden;
  }

  void operator()(const PollClosed&) const { poll.closed = Ending{judged.seq, poll.at}; }

  void operator()(const PollExtended& event) const {
    poll.settings.closes_at = event.closes_at;
    poll.extended = Ending{judged.seq, poll.at};
  }

  void operator()(const CodesIssued& event) const {
    poll.codes_issued += event.count;
    poll.issued = Ending{judged.seq, poll.at};
  }

  void operator()(const VoteCast& vote) const {
    take_standing_ballot();
    for (const std::uint8_t choice : vote.choices) ++poll.votes[choice];
    ++poll.standing;
    poll.voters.put(vote.voter, Standing{.seq = judged.seq,
                                         .at = poll.at,
                                         .retracted = false,
                                         .vote_id = vote.vote_id,
                                         .replaces = vote.replaces,
                                         .choices = vote.choices});
  }

  void operator()(const VoteRetracted& retraction) const {
    take_standing_ballot();
    poll.voters.put(retraction.voter, Standing{.seq = judged.seq,
                                               .at = poll.at,
                                               .retracted = true,
                                               .vote_id = retraction.vote_id,
                                               .replaces = retraction.replaces,
                                               .choices = {}});
  }

  void take_standing_ballot() const {
    if (!judged.before || judged.before->retracted) return;
    for (const std::uint8_t choice : judged.before->choices) --poll.votes[choice];
    --poll.standing;
  }
};

const Choices kNoChoices;

}  // namespace

const Choices& Judged::added() const {
  const auto* vote = std::get_if<VoteCast>(&event);
  return counted() && vote != nullptr ? vote->choices : kNoChoices;
}

const Choices& Judged::removed() const {
  return counted() && before && !before->retracted ? before->choices : kNoChoices;
}

Outcome Fold::fold(const Position& position, const Decoded& record) {
  if (const auto* stray = std::get_if<Stray>(&record)) return *stray;
  if (const auto* event = std::get_if<Event>(&record)) return fold_event(position, *event);
  const auto& unknown = std::get<Unknown>(record);
  PollSlot& slot = polls_[unknown.poll];
  if (slot.parked || position.offset < slot.from_offset) return Skipped{unknown.poll};
  slot.parked = ParkedPoll{position.offset, unknown.type};
  return Parked{unknown.poll, unknown.type};
}

void Fold::expect(const Decoded& record) const {
  const auto* event = std::get_if<Event>(&record);
  const VoterTag* voter = event == nullptr ? nullptr : voter_of(*event);
  if (voter != nullptr) expect(poll_of(*event), *voter);
}

void Fold::expect(PollId id, const VoterTag& voter) const {
  if (const Poll* poll = find(id)) poll->voters.expect(voter);
}

Outcome Fold::fold_event(const Position& position, const Event& event) {
  const PollId id = poll_of(event);
  const auto it = polls_.find(id);
  if (it == polls_.end()) {
    const auto* opening = std::get_if<PollOpened>(&event);
    if (opening == nullptr) return Stray{StrayCause::never_opened};
    PollSlot& slot = polls_[id];
    slot.poll = opened(*opening, position.append_time);
    return Judged{.poll = *slot.poll, .event = event, .seq = Seq(0), .at = slot.poll->at};
  }
  PollSlot& slot = it->second;
  if (slot.parked || position.offset < slot.from_offset) return Skipped{id};
  Poll& poll = *slot.poll;
  poll.at = std::max(poll.at, position.append_time);
  Outcome outcome(std::in_place_type<Judged>, poll, event, poll.next_seq, poll.at);
  Judged& judged = std::get<Judged>(outcome);
  judged.before = latest_of(poll, event);
  judged.reason = judge(poll, event, poll.at, judged.before);
  ++poll.next_seq.value;
  if (judged.counted()) {
    ++poll.counted;
    std::visit(Apply{poll, judged}, event);
  } else {
    ++poll.voided;
  }
  return outcome;
}

const Poll* Fold::find(PollId id) const {
  const PollSlot* found = slot(id);
  return found == nullptr ? nullptr : found->poll.get();
}

const PollSlot* Fold::slot(PollId id) const {
  const auto it = polls_.find(id);
  return it == polls_.end() ? nullptr : &it->second;
}

bool Fold::is_parked(PollId id) const {
  const PollSlot* found = slot(id);
  return found != nullptr && found->parked.has_value();
}

void Fold::each(const std::function<void(PollId, const PollSlot&)>& visit) const {
  for (const auto& [id, slot] : polls_) visit(id, slot);
}

void Fold::put(PollId id, PollSlot slot) {
  FP_CHECK(slot.poll || slot.parked, "a slot holds a poll or says why not");
  polls_.insert_or_assign(id, std::move(slot));
}

void Fold::drop_voters(PollId id) {
  const auto it = polls_.find(id);
  FP_CHECK(it != polls_.end() && it->second.poll && it->second.poll->closed,
           "only a closed poll's voters are dropped");
  it->second.poll->voters.clear();
}

}  // namespace flashpoll::events
