#include "command/waiting.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace flashpoll::command {

namespace {

/// What makes a folded record a request's own is the whole event; few that wait are alike in this.
std::uint64_t fingerprint(const events::Event& event) {
  const auto word_of = [](const std::uint8_t* bytes) {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  };
  return std::visit(
      [&](const auto& e) {
        if constexpr (requires { e.voter; }) {
          return e.poll.bits() ^ word_of(e.vote_id.bytes.data() + 8) ^
                 word_of(e.voter.bytes.data());
        } else {
          return e.poll.bits() ^ word_of(e.id.bytes.data() + 8);
        }
      },
      event);
}

}  // namespace

Waiting& WaitingList::add(RequestId id, ledger::Partition partition, std::int64_t since_ms) {
  if (free_.empty()) free_.push_back(&places_.emplace_back());
  Waiting* place = free_.back();
  free_.pop_back();
  by_id_.add(id, place);
  place->id = id;
  place->since_ms = since_ms;
  place->partition = partition;
  return *place;
}

WaitingList::Found WaitingList::set_event(Waiting& waiting, events::Event&& event) {
  unindex_event(waiting);
  waiting.event = std::move(event);
  Found same;
  Waiting** end = &by_event_[fingerprint(*waiting.event)];
  for (; *end != nullptr; end = &(*end)->next_alike) {
    if ((*end)->event == waiting.event) same.push_back(*end);
  }
  *end = &waiting;
  return same;
}

void WaitingList::unindex_event(Waiting& waiting) {
  if (!waiting.event) return;
  const auto it = by_event_.find(fingerprint(*waiting.event));
  Waiting** at = &it->second;
  while (*at != &waiting) at = &(*at)->next_alike;
  *at = std::exchange(waiting.next_alike, nullptr);
  if (it->second == nullptr) by_event_.erase(it);
}

WaitingList::Found WaitingList::waiting_for(const events::Event& event) const {
  Found found;
  const auto it = by_event_.find(fingerprint(event));
  if (it == by_event_.end()) return found;
  for (Waiting* waiting = it->second; waiting != nullptr; waiting = waiting->next_alike) {
    if (waiting->event == event) found.push_back(waiting);
  }
  return found;
}

void WaitingList::set_append(Waiting& waiting, AppendId append) {
  if (waiting.append) by_append_.erase(*waiting.append);
  waiting.append = append;
  by_append_.add(append, &waiting);
}

Waiting* WaitingList::take_append(AppendId append) {
  Waiting* waiting = by_append_.find(append);
  if (waiting == nullptr) return nullptr;
  by_append_.erase(append);
  waiting->append.reset();
  return waiting;
}

WaitingList::Found WaitingList::on_their_way(PollId poll) const {
  Found found;
  for (RequestId id = by_id_.first(); id < by_id_.end(); ++id) {
    Waiting* waiting = by_id_.find(id);
    if (waiting == nullptr || !waiting->event) continue;
    if (events::poll_of(*waiting->event) == poll) found.push_back(waiting);
  }
  return found;
}

WaitingList::Found WaitingList::older_than(std::int64_t since_ms, RequestId& next) const {
  Found found;
  for (next = std::max(next, by_id_.first()); next < by_id_.end(); ++next) {
    Waiting* waiting = by_id_.find(next);
    if (waiting == nullptr) continue;
    if (waiting->since_ms > since_ms) break;
    found.push_back(waiting);
  }
  return found;
}

void WaitingList::erase(Waiting& waiting) {
  unindex_event(waiting);
  if (waiting.append) by_append_.erase(*waiting.append);
  by_id_.erase(waiting.id);
  // Now, as it is in the cache; when the place is used again, it no longer is.
  waiting = Waiting();
  free_.push_back(&waiting);
}

}  // namespace flashpoll::command
