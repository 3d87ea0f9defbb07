#include "command/closer.h"

#include <algorithm>

namespace flashpoll::command {

namespace {

constexpr events::TimeMs kJitterMs = 500;
constexpr std::int64_t kAgainMs = 1'000;
constexpr std::int64_t kLongestRestMs = 60'000;

}  // namespace

void Closer::observe(const events::Poll& poll) {
  const events::PollId id = poll.settings.poll;
  if (poll.closed) return forget(id);
  const events::TimeMs closes_at = poll.settings.closes_at;
  const bool past = poll.at >= closes_at;
  const auto it = timers_.find(id);
  if (it != timers_.end() && it->second.resting && it->second.closes_at == closes_at) {
    const auto left = std::clamp<std::int64_t>(closes_at - poll.at, kAgainMs, kLongestRestMs);
    return rest(id, it->second, it->second.announced_ms + left);
  }
  arm(id, closes_at, past ? poll.at : closes_at + jitter(id));
}

void Closer::forget(events::PollId id) {
  const auto it = timers_.find(id);
  if (it == timers_.end()) return;
  unlink(id, it->second);
  timers_.erase(it);
}

std::vector<events::PollId> Closer::due(events::TimeMs ledger_now, std::int64_t monotonic_ms) {
  wake(monotonic_ms);
  std::vector<events::PollId> polls;
  while (!armed_.empty() && armed_.begin()->first <= ledger_now) {
    const events::PollId id = armed_.begin()->second;
    polls.push_back(id);
    Timer& timer = timers_[id];
    timer.announced_ms = monotonic_ms;
    rest(id, timer, monotonic_ms + kAgainMs);
  }
  return polls;
}

void Closer::arm(events::PollId id, events::TimeMs closes_at, events::TimeMs at) {
  Timer& timer = timers_[id];
  if (!timer.resting && timer.closes_at == closes_at && timer.at == at) return;
  unlink(id, timer);
  timer = Timer{.closes_at = closes_at, .at = at};
  armed_.emplace(at, id);
}

void Closer::rest(events::PollId id, Timer& timer, std::int64_t until_ms) {
  unlink(id, timer);
  timer.resting = true;
  timer.rests_until_ms = until_ms;
  resting_.emplace(until_ms, id);
}

void Closer::wake(std::int64_t monotonic_ms) {
  while (!resting_.empty() && resting_.begin()->first <= monotonic_ms) {
    const events::PollId id = resting_.begin()->second;
    Timer& timer = timers_[id];
    unlink(id, timer);
    timer.resting = false;
    armed_.emplace(timer.at, id);
  }
}

void Closer::unlink(events::PollId id, const Timer& timer) {
  if (timer.resting) {
    resting_.erase({timer.rests_until_ms, id});
  } else {
    armed_.erase({timer.at, id});
  }
}

events::TimeMs Closer::jitter(events::PollId id) const {
  const std::uint64_t mixed = (id.bits() ^ seed_) * 0x9E3779B97F4A7C15ULL;
  return static_cast<events::TimeMs>(mixed >> 32) % kJitterMs;
}

}  // namespace flashpoll::command
