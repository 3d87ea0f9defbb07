#include "events/poll.h"

#include <bitset>

namespace flashpoll::events {

namespace {

/// Reason 7.
bool choices_are_invalid(const PollOpened& settings, const Choices& choices) {
  if (choices.size() < settings.min || choices.size() > settings.max) return true;
  std::bitset<kMaxChoices + 1> seen;
  for (const std::uint8_t choice : choices) {
    if (choice >= settings.choices.size() || seen[choice]) return true;
    seen[choice] = true;
  }
  return false;
}

/// Judges one event of an existing poll; the members walk the reasons in their order.
struct Judge {
  const Poll& poll;
  TimeMs at;
  const std::optional<Standing>& latest;

  [[nodiscard]] bool past_deadline() const { return at >= poll.settings.closes_at; }

  Reason operator()(const PollOpened&) const { return Reason::poll_exists; }

  Reason operator()(const PollHidden&) const {
    return poll.hidden ? Reason::poll_hidden : Reason::none;
  }

  Reason operator()(const PollClosed& event) const {
    if (poll.hidden) return Reason::poll_hidden;
    if (poll.closed) return Reason::poll_closed;
    if (event.by == ClosedBy::deadline && !past_deadline()) return Reason::too_early;
    return Reason::none;
  }

  Reason operator()(const PollExtended& event) const {
    if (const Reason ended = ended_or_past(); ended != Reason::none) return ended;
    return event.closes_at <= poll.settings.closes_at ? Reason::not_later : Reason::none;
  }

  Reason operator()(const CodesIssued& event) const {
    if (const Reason ended = ended_or_past(); ended != Reason::none) return ended;
    if (event.first != poll.codes_issued) return Reason::codes_taken;
    return poll.settings.eligibility == Eligibility::codes ? Reason::none
                                                           : Reason::wrong_eligibility;
  }

  Reason operator()(const VoteCast& vote) const {
    if (const Reason early = before_content(vote); early != Reason::none) return early;
    if (choices_are_invalid(poll.settings, vote.choices)) return Reason::invalid_choices;
    if (vote.replaces && !poll.settings.allow_change) return Reason::change_not_allowed;
    if (!vote.replaces) return latest ? Reason::already_voted : Reason::none;
    return latest && latest->seq == *vote.replaces ? Reason::none : Reason::stale_replace;
  }

  Reason operator()(const VoteRetracted& retraction) const {
    if (const Reason early = before_content(retraction); early != Reason::none) return early;
    if (!poll.settings.allow_change) return Reason::change_not_allowed;
    const bool takes_back_latest =
        latest && latest->seq == retraction.replaces && !latest->retracted;
    return takes_back_latest ? Reason::none : Reason::stale_replace;
  }

  /// Reasons 2 and 3 of what the deadline ends too.
  [[nodiscard]] Reason ended_or_past() const {
    if (poll.hidden) return Reason::poll_hidden;
    return poll.closed || past_deadline() ? Reason::poll_closed : Reason::none;
  }

  /// Reasons 2 to 6 of an entry of a voter.
  template <class Entry>
  Reason before_content(const Entry& entry) const {
    if (const Reason ended = ended_or_past(); ended != Reason::none) return ended;
    if (latest && latest->vote_id == entry.vote_id) {
      return is_repeat(*latest, entry) ? Reason::repeat : Reason::vote_id_reused;
    }
    return at < poll.settings.opens_at ? Reason::poll_not_open : Reason::none;
  }
};

}  // namespace

bool is_repeat(const Standing& standing, const VoteCast& vote) {
  return !standing.retracted && standing.vote_id == vote.vote_id &&
         standing.choices == vote.choices && standing.replaces == vote.replaces;
}

bool is_repeat(const Standing& standing, const VoteRetracted& retraction) {
  return standing.retracted && standing.vote_id == retraction.vote_id &&
         standing.replaces == retraction.replaces;
}

std::optional<Standing> latest_of(const Poll& poll, const Event& event) {
  const VoterTag* voter = voter_of(event);
  return voter == nullptr ? std::nullopt : poll.voters.find(*voter);
}

Reason judge(const Poll& poll, const Event& event, TimeMs at,
             const std::optional<Standing>& latest) {
  return std::visit(Judge{poll, at, latest}, event);
}

}  // namespace flashpoll::events
