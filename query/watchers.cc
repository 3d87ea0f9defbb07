#include "query/watchers.h"

#include <algorithm>

#include "events/check.h"

namespace flashpoll::query {

using runtime::MutexLock;

Watchers::Hold& Watchers::Hold::operator=(Hold&& other) noexcept {
  std::swap(watchers_, other.watchers_);
  std::swap(poll_, other.poll_);
  return *this;
}

Watchers::Hold::~Hold() {
  if (watchers_) watchers_->release(poll_);
}

std::optional<Watchers::Hold> Watchers::hold(events::PollId poll) {
  bool is_first = false;
  {
    const MutexLock lock(mutex_);
    if (subscriptions_ >= limits_.subscriptions) return std::nullopt;
    if (!watched_.contains(poll) && watched_.size() >= limits_.polls) return std::nullopt;
    ++subscriptions_;
    Watched& watched = watched_[poll];
    is_first = watched.holds++ == 0;
    if (is_first) list_change(poll, watched);
  }
  if (is_first) changed_signal_();
  return Hold(shared_from_this(), poll);
}

void Watchers::release(events::PollId poll) {
  bool is_last = false;
  {
    const MutexLock lock(mutex_);
    const auto it = watched_.find(poll);
    FP_CHECK(it != watched_.end() && it->second.holds > 0, "a hold is given back once");
    --subscriptions_;
    is_last = --it->second.holds == 0;
    if (is_last) list_change(poll, it->second);
  }
  if (is_last) changed_signal_();
}

void Watchers::list_change(events::PollId poll, Watched& watched) {
  if (std::exchange(watched.listed, true)) return;
  changed_.push_back(poll);
}

std::shared_ptr<Fanout> Watchers::of_this_thread() {
  const MutexLock lock(mutex_);
  std::shared_ptr<Fanout>& fanout = fanouts_[std::this_thread::get_id()];
  if (!fanout) fanout = std::make_shared<Fanout>(*this);
  return fanout;
}

bool Watchers::is_watched(events::PollId poll) const {
  const MutexLock lock(mutex_);
  return watched_.contains(poll);
}

std::size_t Watchers::subscriptions() const {
  const MutexLock lock(mutex_);
  return subscriptions_;
}

std::size_t Watchers::polls() const {
  const MutexLock lock(mutex_);
  return watched_.size();
}

std::shared_ptr<const Announcement> Watchers::join(events::PollId poll, Fanout& fanout) {
  const MutexLock lock(mutex_);
  const auto it = watched_.find(poll);
  FP_CHECK(it != watched_.end(), "a poll is held before it is joined");
  auto& fanouts = it->second.fanouts;
  if (std::find(fanouts.begin(), fanouts.end(), &fanout) == fanouts.end()) {
    fanouts.push_back(&fanout);
  }
  return it->second.newest;
}

void Watchers::leave(events::PollId poll, Fanout& fanout) {
  const MutexLock lock(mutex_);
  const auto it = watched_.find(poll);
  if (it != watched_.end()) std::erase(it->second.fanouts, &fanout);
}

Watchers::Changes Watchers::take_changes() {
  Changes changes;
  const MutexLock lock(mutex_);
  for (const events::PollId poll : changed_) {
    const auto it = watched_.find(poll);
    FP_CHECK(it != watched_.end(), "only the hub forgets a poll");
    Watched& watched = it->second;
    watched.listed = false;
    if (watched.holds == 0) {
      if (watched.known_to_hub) changes.unwatch.push_back(poll);
      watched_.erase(it);
    } else if (!watched.known_to_hub) {
      watched.known_to_hub = true;
      changes.watch.push_back(poll);
    }
  }
  changed_.clear();
  return changes;
}

void Watchers::publish(const std::shared_ptr<const Announcement>& news) {
  std::vector<Fanout*> fanouts;
  {
    const MutexLock lock(mutex_);
    const auto it = watched_.find(news->poll);
    if (it == watched_.end()) return;
    it->second.newest = news;
    fanouts = it->second.fanouts;
  }
  for (Fanout* fanout : fanouts) fanout->push(news);
}

std::shared_ptr<const Announcement> Watchers::newest(events::PollId poll) const {
  const MutexLock lock(mutex_);
  const auto it = watched_.find(poll);
  return it == watched_.end() ? nullptr : it->second.newest;
}

}  // namespace flashpoll::query
