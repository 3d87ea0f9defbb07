#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "events/codec.h"
#include "events/reason.h"

/// An independent recount: no state per voter, no counters kept up to date; each verdict and each
/// count is found by looking through everything that came before. Slow, and shares no rule with the
/// fold.
namespace flashpoll::events::testing {

struct Line {
  TimeMs at = 0;
  Event event;
  Reason reason = Reason::none;
};

class Recount {
 public:
  /// Verdict on the next event of this poll; a poll's first event must be its opening.
  Reason add(TimeMs append_time, const Event& event) {
    const TimeMs at = lines_.empty() ? append_time : std::max(lines_.back().at, append_time);
    const Reason reason = lines_.empty() ? Reason::none : verdict(at, event);
    lines_.push_back({at, event, reason});
    return reason;
  }

  [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }

  /// Votes per choice after the line `seq`.
  [[nodiscard]] std::vector<std::uint64_t> votes(std::size_t seq) const {
    std::vector<std::uint64_t> votes(opening().choices.size(), 0);
    for (const auto& [voter, choices] : ballots(seq)) {
      for (const auto choice : choices) ++votes[choice];
    }
    return votes;
  }
  [[nodiscard]] std::uint64_t voters(std::size_t seq) const { return ballots(seq).size(); }

 private:
  template <class T>
  [[nodiscard]] bool any_counted() const {
    return std::any_of(lines_.begin(), lines_.end(), [](const Line& line) {
      return line.reason == Reason::none && std::holds_alternative<T>(line.event);
    });
  }
  [[nodiscard]] const PollOpened& opening() const {
    return std::get<PollOpened>(lines_.front().event);
  }
  [[nodiscard]] TimeMs closes_at() const {
    TimeMs end = opening().closes_at;
    for (const Line& line : lines_) {
      const auto* extended = std::get_if<PollExtended>(&line.event);
      if (extended != nullptr && line.reason == Reason::none) end = extended->closes_at;
    }
    return end;
  }
  [[nodiscard]] static const VoterTag* voter_of(const Event& event) {
    if (const auto* cast = std::get_if<VoteCast>(&event)) return &cast->voter;
    if (const auto* retracted = std::get_if<VoteRetracted>(&event)) return &retracted->voter;
    return nullptr;
  }
  /// Index of the voter's latest counted entry, or -1.
  [[nodiscard]] int latest(const VoterTag& voter, std::size_t end) const {
    for (int i = static_cast<int>(end) - 1; i >= 0; --i) {
      const VoterTag* who = voter_of(lines_[i].event);
      if (who != nullptr && *who == voter && lines_[i].reason == Reason::none) return i;
    }
    return -1;
  }
  [[nodiscard]] std::map<VoterTag, Choices> ballots(std::size_t seq) const {
    std::map<VoterTag, Choices> found;
    for (std::size_t i = 0; i <= seq && i < lines_.size(); ++i) {
      if (lines_[i].reason != Reason::none) continue;
      if (const auto* cast = std::get_if<VoteCast>(&lines_[i].event)) {
        found[cast->voter] = cast->choices;
      } else if (const auto* retracted = std::get_if<VoteRetracted>(&lines_[i].event)) {
        found.erase(retracted->voter);
      }
    }
    return found;
  }

  [[nodiscard]] Reason verdict(TimeMs at, const Event& event) const {
    if (std::holds_alternative<PollOpened>(event)) return Reason::poll_exists;
    const bool hidden = any_counted<PollHidden>();
    const bool ended = any_counted<PollClosed>();
    const bool late = at >= closes_at();
    if (hidden) return Reason::poll_hidden;
    if (std::holds_alternative<PollHidden>(event)) return Reason::none;
    if (ended) return Reason::poll_closed;
    if (const auto* closed = std::get_if<PollClosed>(&event)) {
      return closed->by == ClosedBy::deadline && !late ? Reason::too_early : Reason::none;
    }
    if (late) return Reason::poll_closed;
    if (const auto* extended = std::get_if<PollExtended>(&event)) {
      return extended->closes_at > closes_at() ? Reason::none : Reason::not_later;
    }
    if (const auto* codes = std::get_if<CodesIssued>(&event)) return codes_verdict(*codes);
    return vote_verdict(at, event);
  }
  [[nodiscard]] Reason codes_verdict(const CodesIssued& codes) const {
    std::uint32_t issued = 0;
    for (const Line& line : lines_) {
      const auto* earlier = std::get_if<CodesIssued>(&line.event);
      if (earlier != nullptr && line.reason == Reason::none) issued += earlier->count;
    }
    if (codes.first != issued) return Reason::codes_taken;
    return opening().eligibility == Eligibility::codes ? Reason::none : Reason::wrong_eligibility;
  }
  [[nodiscard]] Reason vote_verdict(TimeMs at, const Event& event) const {
    const int last = latest(*voter_of(event), lines_.size());
    const auto* cast = std::get_if<VoteCast>(&event);
    const auto* back = std::get_if<VoteRetracted>(&event);
    if (last >= 0 && vote_id(lines_[last].event) == vote_id(event)) {
      return lines_[last].event == event ? Reason::repeat : Reason::vote_id_reused;
    }
    if (at < opening().opens_at) return Reason::poll_not_open;
    if (cast != nullptr) {
      const std::set<int> different(cast->choices.begin(), cast->choices.end());
      const std::size_t n = cast->choices.size();
      const bool in_range =
          different.empty() || *different.rbegin() < static_cast<int>(opening().choices.size());
      if (different.size() != n || !in_range || n < opening().min || n > opening().max) {
        return Reason::invalid_choices;
      }
    }
    const bool changes = back != nullptr || cast->replaces.has_value();
    if (changes && !opening().allow_change) return Reason::change_not_allowed;
    if (!changes) return last >= 0 ? Reason::already_voted : Reason::none;
    const Seq replaces = back != nullptr ? back->replaces : *cast->replaces;
    if (last < 0 || replaces != Seq(static_cast<std::uint64_t>(last))) return Reason::stale_replace;
    const bool twice = back != nullptr && std::holds_alternative<VoteRetracted>(lines_[last].event);
    return twice ? Reason::stale_replace : Reason::none;
  }
  [[nodiscard]] static Uuid vote_id(const Event& event) {
    const auto* cast = std::get_if<VoteCast>(&event);
    return cast != nullptr ? cast->vote_id : std::get<VoteRetracted>(event).vote_id;
  }

  std::vector<Line> lines_;
};

}  // namespace flashpoll::events::testing
