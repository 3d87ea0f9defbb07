#include "query/conflation.h"

#include <algorithm>
#include <limits>

#include "events/check.h"

namespace flashpoll::query {

void Conflation::watch(events::PollId poll, Now now) {
  if (polls_.empty()) next_sweep_ms_ = now.monotonic_ms + settings_.sweep_ms;
  const auto [it, is_new] = polls_.try_emplace(poll);
  if (!is_new) return;
  it->second.due_ms = now.monotonic_ms;
  due_.emplace(it->second.due_ms, poll);
}

void Conflation::unwatch(events::PollId poll) {
  const auto it = polls_.find(poll);
  if (it == polls_.end()) return;
  due_.erase({it->second.due_ms, poll});
  polls_.erase(it);
}

void Conflation::notified(events::PollId poll, events::Seq seq, Now now) {
  const auto it = polls_.find(poll);
  if (it == polls_.end()) return;
  Poll& state = it->second;
  state.notified = std::max(state.notified, seq);
  state.dirty = true;
  const bool near = now.monotonic_ms >= state.next_frame_ms - settings_.grace_ms;
  if (near) state.next_read_ms = now.monotonic_ms;
  schedule(it, now);
}

void Conflation::notified_all(Now now) {
  const std::int64_t soonest = std::max(now.monotonic_ms, last_all_ms_ + settings_.frame_gap_ms);
  next_sweep_ms_ = std::min(next_sweep_ms_, soonest);
}

void Conflation::expect(events::PollId poll, events::Seq seq, std::int64_t until_ms, Now now) {
  const auto it = polls_.find(poll);
  if (it == polls_.end()) return;
  Poll& state = it->second;
  // A lie about a distant seq must not outlive its own time by hiding behind others' hopes.
  const bool stale = state.expected_until_ms <= now.monotonic_ms;
  state.expected = stale ? seq : std::max(state.expected, seq);
  state.expected_until_ms = std::max(state.expected_until_ms, until_ms);
  schedule(it, now);
}

void Conflation::rows_read(std::span<const ReadPoll> polls, Now now) {
  for (const ReadPoll& read : polls) {
    const auto it = polls_.find(read.poll);
    if (it == polls_.end()) continue;
    Poll& poll = it->second;
    poll.reading = false;
    const bool older = poll.row && (!read.row || read.row->latest.seq < poll.row->latest.seq);
    if (older) poll.dirty = true;
    if (!older && read.row) poll.row = read.row;
    back_off(poll.lag, older || is_behind(poll), now);
    back_off(poll.hope, is_awaited(poll, now), now);
    schedule(it, now);
  }
}

void Conflation::read_failed(std::span<const events::PollId> polls, Now now) {
  for (const events::PollId id : polls) {
    const auto it = polls_.find(id);
    if (it == polls_.end()) continue;
    it->second.reading = false;
    it->second.dirty = true;
    back_off(it->second.lag, true, now);
    back_off(it->second.hope, true, now);
    schedule(it, now);
  }
}

Conflation::Step Conflation::tick(Now now) {
  if (now.monotonic_ms >= next_sweep_ms_) read_all(now);
  Step step;
  while (!due_.empty() && due_.begin()->first <= now.monotonic_ms) {
    const auto it = polls_.find(due_.begin()->second);
    FP_CHECK(it != polls_.end(), "only watched polls are due");
    look_at(it, now, step);
    schedule(it, now);
    FP_CHECK(it->second.due_ms > now.monotonic_ms, "what was done is not due again");
  }
  return step;
}

std::int64_t Conflation::next_ms() const {
  if (polls_.empty()) return std::numeric_limits<std::int64_t>::max();
  return std::min(next_sweep_ms_, due_.begin()->first);
}

std::shared_ptr<const PollRow> Conflation::row(events::PollId poll) const {
  const auto it = polls_.find(poll);
  return it == polls_.end() ? nullptr : it->second.row;
}

void Conflation::read_all(Now now) {
  last_all_ms_ = now.monotonic_ms;
  next_sweep_ms_ = now.monotonic_ms + settings_.sweep_ms;
  for (auto it = polls_.begin(); it != polls_.end(); ++it) {
    it->second.dirty = true;
    schedule(it, now);  // also because the wall clock may have been set
  }
}

void Conflation::look_at(Polls::iterator it, Now now, Step& step) {
  Poll& poll = it->second;
  if (has_news(poll, now) && now.monotonic_ms >= poll.next_frame_ms) {
    const PollRow& row = *poll.row;
    const Status status = status_of(row, now.wall_ms);
    poll.told = Told{row.latest.seq, status, row.settings.closes_at, row.hidden.has_value()};
    poll.next_frame_ms = now.monotonic_ms + settings_.frame_gap_ms;
    poll.next_read_ms = poll.next_frame_ms + settings_.grace_ms;
    step.frames.push_back({it->first, poll.row, status});
  }
  if (const auto at = read_at(poll, now); at && *at <= now.monotonic_ms) {
    poll.dirty = false;  // before the read: what comes meanwhile makes it dirty again
    poll.reading = true;
    step.reads.push_back(it->first);
  }
}

void Conflation::schedule(Polls::iterator it, Now now) {
  Poll& poll = it->second;
  std::int64_t due = std::numeric_limits<std::int64_t>::max();
  if (const auto at = read_at(poll, now)) due = std::min(due, *at);
  if (has_news(poll, now)) due = std::min(due, std::max(poll.next_frame_ms, now.monotonic_ms));
  if (poll.row) {
    const events::TimeMs change = status_until(*poll.row, now.wall_ms);
    due = std::min(due, now.monotonic_ms + (change - now.wall_ms));
  }
  if (due == poll.due_ms && due_.contains({due, it->first})) return;
  due_.erase({poll.due_ms, it->first});
  poll.due_ms = due;
  due_.emplace(due, it->first);
}

bool Conflation::is_awaited(const Poll& poll, Now now) {
  if (now.monotonic_ms >= poll.expected_until_ms) return false;
  return !poll.row || poll.row->latest.seq < poll.expected;
}

bool Conflation::is_behind(const Poll& poll) {
  return poll.row && poll.row->latest.seq < poll.notified;
}

std::optional<std::int64_t> Conflation::read_at(const Poll& poll, Now now) {
  if (poll.reading) return std::nullopt;
  std::optional<std::int64_t> at;
  // Nobody would be told earlier, so a busy poll is read no oftener than it is told.
  if (poll.dirty || is_behind(poll)) at = std::max(poll.lag.next_ms, poll.next_read_ms);
  if (is_awaited(poll, now) && poll.hope.next_ms < poll.expected_until_ms)
    at = std::min(at.value_or(poll.hope.next_ms), poll.hope.next_ms);
  if (at) at = std::max(*at, now.monotonic_ms);
  return at;
}

bool Conflation::has_news(const Poll& poll, Now now) {
  if (!poll.row) return false;
  if (!poll.told) return true;
  if (poll.told->hidden) return false;
  if (poll.row->hidden) return true;
  if (poll.told->status == Status::closed && is_final(*poll.row)) return false;
  return poll.told->seq != poll.row->latest.seq ||
         poll.told->status != status_of(*poll.row, now.wall_ms) ||
         poll.told->closes_at != poll.row->settings.closes_at;
}

void Conflation::back_off(BackOff& back_off, bool again, Now now) const {
  back_off.wait_ms =
      again ? std::clamp(back_off.wait_ms * 2, settings_.min_back_off_ms, settings_.max_back_off_ms)
            : 0;
  back_off.next_ms = now.monotonic_ms + back_off.wait_ms;
}

}  // namespace flashpoll::query
