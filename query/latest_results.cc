#include "query/latest_results.h"

#include <utility>

namespace flashpoll::query {

using runtime::MutexLock;

namespace {

constexpr std::size_t kMaxPolls = 4'096;
constexpr std::int64_t kFreshMs = 1'000;

}  // namespace

LatestResults::LatestResults(ReadPool& pool, const Identity& identity, const runtime::Clock& clock)
    : pool_(pool), identity_(identity), clock_(clock) {}

LatestResults::Result LatestResults::find(events::PollId poll) const {
  const MutexLock lock(mutex_);
  const auto it = slots_.find(poll);
  if (it == slots_.end()) return nullptr;
  const Slot& slot = it->second;
  const bool may_be_shown =
      clock_.monotonic_ms() < slot.fresh_until_ms && clock_.wall_ms() < slot.valid_until;
  return may_be_shown ? slot.result : nullptr;
}

void LatestResults::read(events::PollId poll, Done done) {
  {
    const MutexLock lock(mutex_);
    if (slots_.size() >= kMaxPolls && !slots_.contains(poll)) {
      std::erase_if(slots_, [](const auto& slot) { return !slot.second.reading; });
    }
    Slot& slot = slots_[poll];
    if (slot.reading) return (slot.outdated ? slot.late : slot.waiting).push_back(std::move(done));
    slot.reading = true;
    slot.outdated = false;
    slot.waiting.push_back(std::move(done));
  }
  submit(poll);
}

void LatestResults::submit(events::PollId poll) {
  const std::int64_t asked_ms = clock_.monotonic_ms();
  try {
    pool_.submit(
        [this, poll, asked_ms](ReadTables& tables) { settle(poll, asked_ms, look(tables, poll)); },
        [this, poll, asked_ms](const std::exception_ptr& fault) { settle(poll, asked_ms, fault); });
  } catch (const std::exception&) {
    settle(poll, asked_ms, std::current_exception());
  }
}

LatestResults::Found LatestResults::look(ReadTables& tables, events::PollId poll) const {
  auto seen = see(tables, poll, {identity_, Caller{}, clock_.wall_ms()});
  if (auto* refused = std::get_if<Refused>(&seen)) return std::move(*refused);
  return latest_result(std::get<SeenPoll>(seen));
}

void LatestResults::settle(events::PollId poll, std::int64_t asked_ms, const Found& found) {
  std::vector<Done> answered;
  bool again = false;
  {
    const MutexLock lock(mutex_);
    Slot& slot = slots_.at(poll);
    answered = std::exchange(slot.waiting, std::exchange(slot.late, {}));
    again = !slot.waiting.empty();
    const auto* result = std::get_if<Result>(&found);
    if (result != nullptr && !slot.outdated) {
      slot.result = *result;
      slot.fresh_until_ms = asked_ms + kFreshMs;
      slot.valid_until = (*result)->valid_until;
    }
    slot.reading = again;
    slot.outdated = false;
    if (!slot.result && !again) slots_.erase(poll);
  }
  for (const Done& done : answered) done(found);
  if (again) submit(poll);
}

void LatestResults::Slot::outdate() {
  result = nullptr;
  outdated = true;
}

void LatestResults::notified(const std::vector<Reached>& polls) {
  const MutexLock lock(mutex_);
  for (const auto& [poll, seq] : polls) {
    const auto it = slots_.find(poll);
    if (it != slots_.end()) it->second.outdate();
  }
}

void LatestResults::notified_all() {
  const MutexLock lock(mutex_);
  for (auto& [poll, slot] : slots_) slot.outdate();
}

}  // namespace flashpoll::query
