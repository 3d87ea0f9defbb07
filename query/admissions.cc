#include "query/admissions.h"

#include <algorithm>
#include <limits>

namespace flashpoll::query {

namespace {

using events::Refusal;

/// Alarms are this coarse, so that many who wait for one poll are looked at together.
constexpr std::int64_t kAlarmGrainMs = 50;

}  // namespace

void Admissions::ask(Asking asking, Now now) {
  const events::PollId poll = asking.hold.poll();
  Waiting waiting{next_id_++, std::move(asking), now.monotonic_ms + settings_.unknown_ms,
                  now.monotonic_ms + settings_.behind_ms};
  set_alarm(waiting.unknown_until_ms, poll);
  set_alarm(waiting.behind_until_ms, poll);
  polls_of_.emplace(waiting.id, poll);
  waiting_[poll].push_back(std::move(waiting));
}

void Admissions::settle(events::PollId poll, const Known& known, Now now) {
  const auto it = waiting_.find(poll);
  if (it == waiting_.end()) return;
  std::vector<Waiting> all = std::move(it->second);
  waiting_.erase(it);
  std::vector<Waiting> left;
  for (Waiting& waiting : all) {
    if (auto admission = verdict(waiting, known, now)) {
      polls_of_.erase(waiting.id);
      waiting.asking.answer(std::move(*admission));
    } else {
      left.push_back(std::move(waiting));
    }
  }
  if (!left.empty()) waiting_[poll] = std::move(left);
}

std::optional<Admission> Admissions::verdict(Waiting& waiting, const Known& known, Now now) {
  if (waiting.looking_up) return std::nullopt;
  const bool too_late = now.monotonic_ms >= waiting.behind_until_ms;
  if (!known.newest) {
    if (known.parked) return Refused{Refusal::poll_parked};
    if (known.missing && now.monotonic_ms >= waiting.unknown_until_ms)
      return Refused{Refusal::no_such_poll};
    return too_late ? std::optional<Admission>(Refused{Refusal::not_ready}) : std::nullopt;
  }
  const Announcement& newest = *known.newest;
  const std::optional<events::Seq> after = waiting.asking.after;
  if (newest.hidden) return Refused{Refusal::poll_hidden};
  if (newest.final && after && *after >= *newest.final) return SeenToTheEnd{known.newest};
  if (after && newest.seq < *after)
    return too_late ? std::optional<Admission>(Refused{Refusal::behind}) : std::nullopt;
  if (!waiting.has_voted && known.row && needs_look_up(waiting, *known.row)) return std::nullopt;
  return Admitted{std::move(waiting.asking.hold), waiting.has_voted.value_or(false), known.newest};
}

bool Admissions::needs_look_up(Waiting& waiting, const PollRow& row) {
  if (!depends_on_viewer(row)) return false;
  const auto tag = identity_.tag_of(row, waiting.asking.caller);
  const auto* voter = std::get_if<events::VoterTag>(&tag);
  if (voter == nullptr) return false;  // a stranger sees what strangers see
  waiting.looking_up = true;
  look_ups_.push_back({waiting.id, row.settings.poll, *voter});
  return true;
}

std::optional<events::PollId> Admissions::looked_up(std::uint64_t id,
                                                    std::optional<bool> has_voted) {
  const auto found = polls_of_.find(id);
  if (found == polls_of_.end()) return std::nullopt;
  const events::PollId poll = found->second;
  std::vector<Waiting>& all = waiting_[poll];
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const Waiting& one) { return one.id == id; });
  it->looking_up = false;
  it->has_voted = has_voted;
  if (has_voted) return poll;
  const auto answer = std::move(it->asking.answer);
  all.erase(it);
  polls_of_.erase(found);
  if (all.empty()) waiting_.erase(poll);
  answer(Refused{Refusal::not_ready});
  return std::nullopt;
}

std::vector<events::PollId> Admissions::due(Now now) {
  std::vector<events::PollId> polls;
  while (!alarms_.empty() && alarms_.begin()->first <= now.monotonic_ms) {
    if (waiting_.contains(alarms_.begin()->second)) polls.push_back(alarms_.begin()->second);
    alarms_.erase(alarms_.begin());
  }
  return polls;
}

std::int64_t Admissions::next_ms() const {
  return alarms_.empty() ? std::numeric_limits<std::int64_t>::max() : alarms_.begin()->first;
}

void Admissions::refuse_all(Refusal refusal) {
  const auto all = std::exchange(waiting_, {});
  alarms_.clear();
  polls_of_.clear();
  look_ups_.clear();
  for (const auto& [poll, waitings] : all)
    for (const Waiting& waiting : waitings) waiting.asking.answer(Refused{refusal});
}

void Admissions::set_alarm(std::int64_t at_ms, events::PollId poll) {
  alarms_.emplace((at_ms + kAlarmGrainMs - 1) / kAlarmGrainMs * kAlarmGrainMs, poll);
}

}  // namespace flashpoll::query
