#include "projector/project.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace flashpoll::projector {

using events::Event;
using events::Judged;
using events::Poll;

namespace {

constexpr events::TimeMs kSecondMs = 1000;

PollState state_of(const Poll& poll) {
  if (poll.hidden) return PollState::hidden;
  return poll.closed ? PollState::closed : PollState::open;
}

ResultStatus status_of(const Poll& poll, bool parked) {
  if (poll.hidden) return ResultStatus::hidden;
  if (parked) return ResultStatus::parked;
  return poll.closed ? ResultStatus::closed : ResultStatus::open;
}

/// Overwrites a row in place, so that its memory is used again.
void fill(ResultRow& row, const Poll& poll, bool parked) {
  row.poll = poll.settings.poll;
  row.seq = events::Seq(poll.next_seq.value - 1);
  row.at = poll.at;
  row.votes = poll.votes;
  row.voters = poll.standing;
  row.counted = poll.counted;
  row.voided = poll.voided;
  row.status = status_of(poll, parked);
}

/// What of an event has columns of its own, and what is kept as bytes.
struct FillEntry {
  EntryRow& row;
  std::string_view value;

  void operator()(const events::VoteCast& vote) const {
    row.voter = vote.voter;
    row.vote_id = vote.vote_id;
    row.choices = vote.choices;
    row.replaces = vote.replaces;
  }
  void operator()(const events::VoteRetracted& retraction) const {
    row.voter = retraction.voter;
    row.vote_id = retraction.vote_id;
    row.replaces = retraction.replaces;
  }
  template <typename Other>
  void operator()(const Other&) const {
    row.body = value;
  }
};

bool is_vote(const Event& event) {
  return std::holds_alternative<events::VoteCast>(event) ||
         std::holds_alternative<events::VoteRetracted>(event);
}

/// Poll that the record may change, if any.
std::optional<events::PollId> poll_named_by(const events::Decoded& decoded) {
  if (const auto* event = std::get_if<Event>(&decoded)) return events::poll_of(*event);
  if (const auto* unknown = std::get_if<events::Unknown>(&decoded)) return unknown->poll;
  return std::nullopt;
}

StrayRow stray_row(const FoldRecord& record, events::StrayCause cause) {
  return {.offset = record.position.offset,
          .append_time = record.position.append_time,
          .cause = cause,
          .key = std::string(record.key.substr(0, kStrayKeyBytes)),
          .value = std::string(record.value.substr(0, kStrayValueBytes)),
          .size = record.value.size()};
}

}  // namespace

PollRow poll_row(const Poll& poll) {
  return {.settings = poll.settings,
          .opened_at = poll.opened_at,
          .first_closes_at = poll.first_closes_at,
          .state = state_of(poll),
          .codes_issued = poll.codes_issued,
          .closed = poll.closed,
          .closed_by = {},
          .hidden = poll.hidden};
}

ResultRow result_row(const Poll& poll, bool parked) {
  ResultRow row;
  fill(row, poll, parked);
  return row;
}

void Projection::fold(events::Fold& fold, const FoldRecord& record) {
  const auto id = poll_named_by(record.decoded);
  Touched* touched = id ? &touch(*id, fold) : nullptr;
  const events::Outcome outcome = fold.fold(record.position, record.decoded);
  if (const auto* judged = std::get_if<Judged>(&outcome)) {
    add(*judged, *touched, record.value);
  } else if (const auto* parked = std::get_if<events::Parked>(&outcome)) {
    add_parked(*parked, fold, record.position.offset);
  } else if (const auto* stray = std::get_if<events::Stray>(&outcome)) {
    changes_.strays.push_back(stray_row(record, stray->cause));
  }
}

Projection::Touched& Projection::touch(events::PollId id, const events::Fold& fold) {
  const auto [it, fresh] = touched_.try_emplace(id);
  if (!fresh) return it->second;
  const events::PollSlot* slot = fold.slot(id);
  if (slot != nullptr && slot->poll) {
    it->second.result = result_row(*slot->poll, slot->parked.has_value());
  }
  return it->second;
}

void Projection::add(const Judged& judged, Touched& touched, std::string_view value) {
  EntryRow& entry = changes_.entries.emplace_back();
  entry.poll = judged.poll.settings.poll;
  entry.seq = judged.seq;
  entry.at = judged.at;
  entry.type = events::type_number(judged.event);
  entry.reason = judged.reason;
  entry.added = judged.added();
  entry.removed = judged.removed();
  if (judged.before) entry.original = judged.before->seq;
  std::visit(FillEntry{entry, value}, judged.event);

  add_result(judged.poll, touched);
  if (!judged.counted() || is_vote(judged.event)) return;
  const auto* closing = std::get_if<events::PollClosed>(&judged.event);
  if (closing != nullptr) touched.closed_by = closing->by;
  touched.poll = poll_row(judged.poll);
  touched.poll->closed_by = touched.closed_by;
}

void Projection::add_result(const Poll& poll, Touched& touched) {
  const auto on_stride = [](const ResultRow& row) { return row.seq.value % kHistoryStride == 0; };
  if (touched.result) {
    const ResultRow& before = *touched.result;
    const bool next_second = before.at / kSecondMs < poll.at / kSecondMs;
    if (next_second && !on_stride(before)) changes_.history.push_back(before);
  } else {
    touched.result.emplace();
  }
  fill(*touched.result, poll, false);
  touched.changed = true;
  if (on_stride(*touched.result)) changes_.history.push_back(*touched.result);
}

void Projection::add_parked(const events::Parked& parked, const events::Fold& fold,
                            std::int64_t offset) {
  ParkedRow row{.poll = parked.poll, .offset = offset, .type = parked.type, .seq = {}, .at = {}};
  if (const Poll* poll = fold.find(parked.poll)) {
    Touched& touched = touched_.at(parked.poll);
    touched.result = result_row(*poll, true);
    touched.changed = true;
    row.seq = touched.result->seq;
    row.at = touched.result->at;
  }
  changes_.parked.push_back(std::move(row));
}

RowChanges Projection::take() {
  for (auto& [id, touched] : touched_) {
    if (touched.changed) changes_.results.push_back(std::move(*touched.result));
    if (touched.poll) changes_.polls.push_back(std::move(*touched.poll));
  }
  touched_.clear();
  std::ranges::sort(changes_.results, {}, &ResultRow::poll);
  std::ranges::sort(changes_.polls, {}, [](const PollRow& row) { return row.settings.poll; });
  RowChanges taken = std::exchange(changes_, {});
  changes_.entries.reserve(taken.entries.size());  // the next run is likely to be as long
  return taken;
}

}  // namespace flashpoll::projector
