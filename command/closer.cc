#include "command/closer.h"

namespace flashpoll::command {

namespace {

constexpr events::TimeMs kJitterMs = 500;
constexpr events::TimeMs kAgainMs = 1000;

}  // namespace

void Closer::observe(const events::Poll& poll) {
  const events::PollId id = poll.settings.poll;
  if (poll.closed) return forget(id);
  const auto it = timers_.find(id);
  const bool past = poll.at >= poll.settings.closes_at;
  if (it != timers_.end() && it->second.announced && past) return;
  arm(id, Timer{past ? poll.at : poll.settings.closes_at + jitter(id), false});
}

void Closer::forget(events::PollId id) {
  const auto it = timers_.find(id);
  if (it == timers_.end()) return;
  order_.erase({it->second.at, id});
  timers_.erase(it);
}

std::vector<events::PollId> Closer::due(events::TimeMs ledger_now) {
  std::vector<events::PollId> polls;
  while (!order_.empty() && order_.begin()->first <= ledger_now) {
    const events::PollId id = order_.begin()->second;
    polls.push_back(id);
    arm(id, Timer{ledger_now + kAgainMs, true});
  }
  return polls;
}

void Closer::arm(events::PollId id, Timer timer) {
  Timer& armed = timers_[id];
  if (armed.at == timer.at && armed.announced == timer.announced) return;
  order_.erase({armed.at, id});
  armed = timer;
  order_.emplace(timer.at, id);
}

events::TimeMs Closer::jitter(events::PollId id) const {
  const std::uint64_t mixed = (id.bits() ^ seed_) * 0x9E3779B97F4A7C15ULL;
  return static_cast<events::TimeMs>(mixed >> 32) % kJitterMs;
}

}  // namespace flashpoll::command
