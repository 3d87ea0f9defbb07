#include "command/waiting.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "events/check.h"

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
  if (free_.empty()) free_.push_back(&places_.emplace_back());
  Waiting& place = *free_.back();
  free_.pop_back();
  place = std::move(waiting);
  by_age_.emplace_back(place.since_ms, place.id);
  FP_CHECK(by_id_.emplace(place.id, &place).second, "request numbers are not reused");
  return place;
}

Waiting* WaitingList::find(RequestId id) {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

void WaitingList::set_event(Waiting& waiting, events::Event event) {
  unindex_event(waiting);
  by_key_[match_key(event)].push_back(waiting.id);
  waiting.event = std::move(event);
}

void WaitingList::unindex_event(const Waiting& waiting) {
  if (!waiting.event) return;
  const auto it = by_key_.find(match_key(*waiting.event));
  auto& ids = it->second;
  ids.erase(std::find(ids.begin(), ids.end(), waiting.id));
  if (ids.empty()) by_key_.erase(it);
}

WaitingList::Found WaitingList::waiting_for(const events::Event& event) const {
  Found found;
  if (by_key_.empty()) return found;
  const auto it = by_key_.find(match_key(event));
  if (it == by_key_.end()) return found;
  for (const RequestId id : it->second) {
    if (by_id_.at(id)->event == event) found.push_back(id);
  }
  return found;
}

void WaitingList::set_append(Waiting& waiting, AppendId append) {
  if (waiting.append) by_append_.erase(*waiting.append);
  waiting.append = append;
  by_append_.emplace(append, waiting.id);
}

Waiting* WaitingList::take_append(AppendId append) {
  const auto it = by_append_.find(append);
  if (it == by_append_.end()) return nullptr;
  Waiting& waiting = *by_id_.at(it->second);
  by_append_.erase(it);
  waiting.append.reset();
  return &waiting;
}

std::vector<RequestId> WaitingList::on_their_way(PollId poll) const {
  std::vector<RequestId> found;
  for (const auto& [id, waiting] : by_id_) {
    if (waiting->event && events::poll_of(*waiting->event) == poll) found.push_back(id);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<RequestId> WaitingList::older_than(std::int64_t since_ms) {
  while (!by_age_.empty() && !by_id_.contains(by_age_.front().second)) by_age_.pop_front();
  std::vector<RequestId> found;
  for (const auto& [since, id] : by_age_) {
    if (since > since_ms) break;
    if (by_id_.contains(id)) found.push_back(id);
  }
  return found;
}

void WaitingList::erase(RequestId id) {
  const auto it = by_id_.find(id);
  FP_CHECK(it != by_id_.end(), "a request is answered once");
  Waiting& waiting = *it->second;
  unindex_event(waiting);
  if (waiting.append) by_append_.erase(*waiting.append);
  by_id_.erase(it);
  free_.push_back(&waiting);
}

}  // namespace flashpoll::command
