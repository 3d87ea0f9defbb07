#include "command/waiting.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace flashpoll::command {

MatchKey match_key(const events::Event& event) {
  return std::visit(
      [](const auto& e) {
        if constexpr (requires { e.voter; }) {
          return MatchKey{e.poll, e.vote_id, e.voter};
        } else {
          return MatchKey{e.poll, e.id, VoterTag{}};
        }
      },
      event);
}

std::size_t WaitingList::KeyHash::operator()(const MatchKey& key) const noexcept {
  std::uint64_t id_word;
  std::uint64_t voter_word;
  std::memcpy(&id_word, key.id.bytes.data() + 8, sizeof id_word);
  std::memcpy(&voter_word, key.voter.bytes.data(), sizeof voter_word);
  return id_word ^ voter_word ^ key.poll.bits();
}

Waiting& WaitingList::add(Waiting waiting) {
  if (free_.empty()) free_.emplace_back();
  const auto place = free_.begin();
  by_id_.add(waiting.id, &*place);
  by_age_.splice(by_age_.end(), free_, place);
  *place = std::move(waiting);
  place->place = place;
  return *place;
}

void WaitingList::set_event(Waiting& waiting, events::Event event) {
  unindex_event(waiting);
  by_key_[match_key(event)].push_back(&waiting);
  waiting.event = std::move(event);
}

void WaitingList::unindex_event(const Waiting& waiting) {
  if (!waiting.event) return;
  const auto it = by_key_.find(match_key(*waiting.event));
  auto& same = it->second;
  same.erase(std::find(same.begin(), same.end(), &waiting));
  if (same.empty()) by_key_.erase(it);
}

WaitingList::Found WaitingList::waiting_for(const events::Event& event) const {
  Found found;
  const auto it = by_key_.find(match_key(event));
  if (it == by_key_.end()) return found;
  for (Waiting* waiting : it->second) {
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

WaitingList::Found WaitingList::on_their_way(PollId poll) {
  Found found;
  for (Waiting& waiting : by_age_) {
    if (waiting.event && events::poll_of(*waiting.event) == poll) found.push_back(&waiting);
  }
  return found;
}

WaitingList::Found WaitingList::older_than(std::int64_t since_ms) {
  Found found;
  for (Waiting& waiting : by_age_) {
    if (waiting.since_ms > since_ms) break;
    found.push_back(&waiting);
  }
  return found;
}

void WaitingList::erase(Waiting& waiting) {
  unindex_event(waiting);
  if (waiting.append) by_append_.erase(*waiting.append);
  by_id_.erase(waiting.id);
  free_.splice(free_.begin(), by_age_, waiting.place);
}

}  // namespace flashpoll::command
