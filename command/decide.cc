#include "command/decide.h"

#include <algorithm>
#include <utility>

namespace flashpoll::command {

namespace {

using events::Poll;
using events::Reason;
using events::Refusal;
using events::Standing;

/// Codes that one poll may issue.
constexpr std::uint32_t kMaxIssued = 1'000'000;
/// How far this node's idea of the ledger's time may be ahead before it refuses for not being open.
constexpr TimeMs kOpeningSlackMs = 1000;

Refuse at_once(Refusal refusal) { return Refuse{Refused{refusal}, true}; }
Refuse after_catch_up(Refusal refusal) { return Refuse{Refused{refusal}, false}; }

Receipt receipt_of(PollId poll, const VoterTag& voter, const Standing& standing) {
  return Receipt{
      .poll = poll, .seq = standing.seq, .at = standing.at, .voter = voter, .vote = standing};
}

Receipt receipt_of(PollId poll, const events::Ending& entry) {
  return Receipt{.poll = poll, .seq = entry.seq, .at = entry.at};
}

Receipt receipt_of_opening(const Poll& poll) {
  return Receipt{.poll = poll.settings.poll,
                 .seq = Seq(0),
                 .at = poll.opened_at,
                 .closes_at = poll.first_closes_at,
                 .opens_at = poll.settings.opens_at};
}

/// Which of a void vote's reasons can be told before the ledger was asked again: nothing that is
/// still on its way can change them.
bool is_final(Reason reason, const Poll& poll) {
  switch (reason) {
    case Reason::poll_hidden:
    case Reason::poll_closed:
    case Reason::invalid_choices:
      return true;
    case Reason::already_voted:
      return !poll.settings.allow_change;
    default:
      return false;
  }
}

template <class Entry>
Refused refused_vote(const Entry& entry, Reason reason, const std::optional<Standing>& standing) {
  Refused refused{events::refusal_for(reason)};
  const bool tells_receipt = reason == Reason::already_voted || reason == Reason::stale_replace;
  if (tells_receipt && standing) refused.receipt = receipt_of(entry.poll, entry.voter, *standing);
  return refused;
}

/// The verdict that the fold would give, if the poll's time went on to its opening where that is
/// near.
Reason foresee(const Poll& poll, const events::Event& event, TimeMs ledger_now,
               const std::optional<Standing>& standing) {
  const Reason reason = events::judge(poll, event, poll.at, standing);
  if (reason != Reason::poll_not_open) return reason;
  const TimeMs opens_at = poll.settings.opens_at;
  if (ledger_now + kOpeningSlackMs < opens_at) return reason;
  return events::judge(poll, event, opens_at, standing);
}

template <class Entry>
Decision decide_vote(const Poll& poll, Entry made, const Setting& setting) {
  events::Event event = std::move(made);
  const Entry& entry = std::get<Entry>(event);
  const std::optional<Standing> standing = poll.voters.find(entry.voter);
  const Reason reason = foresee(poll, event, setting.ledger_now, standing);
  if (standing && is_repeat(*standing, entry)) {
    Receipt receipt = receipt_of(entry.poll, entry.voter, *standing);
    return Stands{std::move(receipt), std::move(event)};
  }
  if (reason == Reason::none) return Append{std::move(event)};
  const bool final = reason == Reason::poll_not_open || is_final(reason, poll);
  return Refuse{refused_vote(entry, reason, standing), final};
}

using Voter = std::variant<VoterTag, Refuse>;

Voter usable(const Claim& claim) {
  if (claim.state == Claim::State::absent) return at_once(Refusal::credential_missing);
  if (claim.state == Claim::State::invalid) return at_once(Refusal::credential_invalid);
  if (claim.state == Claim::State::incomplete) return at_once(Refusal::invalid);
  return claim.voter;
}

/// The credential that the poll asks for. A derived device serves a first ballot only.
Voter voter_of(const Poll& poll, const Claims& claims, bool first_ballot) {
  switch (poll.settings.eligibility) {
    case events::Eligibility::trusted:
      return usable(claims.trusted);
    case events::Eligibility::codes:
      if (claims.code.state == Claim::State::valid && claims.code_index >= poll.codes_issued) {
        return after_catch_up(Refusal::credential_invalid);
      }
      return usable(claims.code);
    case events::Eligibility::open:
      break;
  }
  if (claims.device.state == Claim::State::absent && first_ballot && claims.derived) {
    return claims.derived->voter;
  }
  return usable(claims.device);
}

bool is_owner(const Poll& poll, const events::ManageHash& shown) {
  // Both sides are hashes of the token: what the comparison's time tells is of no use.
  return poll.settings.manage == shown;
}

struct Decide {
  const Poll& poll;
  const Setting& setting;

  Decision operator()(const OpenPoll& command) const {
    if (poll.settings.id == command.event.id)
      return Stands{receipt_of_opening(poll), command.event};
    return IdTaken{};
  }

  Decision operator()(const CastVote& command) const {
    if (const auto refusal = voters_refusal()) return *refusal;
    const Voter voter = voter_of(poll, command.claims, !command.replaces);
    if (const auto* refuse = std::get_if<Refuse>(&voter)) return *refuse;
    return decide_vote(poll,
                       events::VoteCast{command.poll, std::get<VoterTag>(voter), command.vote_id,
                                        command.choices, command.replaces},
                       setting);
  }

  Decision operator()(const RetractVote& command) const {
    if (const auto refusal = voters_refusal()) return *refusal;
    const Voter voter = voter_of(poll, command.claims, false);
    if (const auto* refuse = std::get_if<Refuse>(&voter)) return *refuse;
    const auto kind = static_cast<std::size_t>(poll.settings.eligibility);
    return decide_vote(poll,
                       events::VoteRetracted{command.poll, std::get<VoterTag>(voter),
                                             command.ids[kind], command.replaces},
                       setting);
  }

  Decision operator()(const IssueCodes& command) const {
    if (!is_owner(poll, command.manage)) return at_once(Refusal::not_owner);
    if (const auto refusal = voters_refusal()) return *refusal;
    if (poll.settings.eligibility != events::Eligibility::codes) {
      return at_once(Refusal::wrong_eligibility);
    }
    const std::uint32_t first = command.first.value_or(poll.codes_issued);
    const events::CodesIssued event{command.poll, command.id, first, command.count};
    if (first < poll.codes_issued && poll.codes_issued - first >= command.count) {
      Receipt receipt = receipt_of(command.poll, *poll.issued);
      receipt.first = first;
      receipt.count = command.count;
      return Stands{receipt, event};
    }
    const Reason reason = events::judge(poll, event, poll.at, {});
    if (reason == Reason::poll_closed) return at_once(Refusal::poll_closed);
    if (reason != Reason::none) return after_catch_up(Refusal::invalid);
    if (command.count > kMaxIssued - first) return at_once(Refusal::invalid);
    return Append{event};
  }

  Decision operator()(const ExtendPoll& command) const {
    if (!is_owner(poll, command.manage)) return at_once(Refusal::not_owner);
    if (poll.hidden) return at_once(Refusal::poll_hidden);
    const TimeMs stands = poll.settings.closes_at;
    const TimeMs wanted = command.closes_at.value_or(stands + command.by_ms);
    if (wanted > events::kMaxTimeMs) return at_once(Refusal::invalid);
    const events::PollExtended event{command.poll, command.id, wanted};
    if (wanted == stands) return Stands{receipt_of_extension(), event};
    const Reason reason = events::judge(poll, event, poll.at, {});
    if (reason == Reason::none) return Append{event};
    return Refuse{Refused{events::refusal_for(reason)}, is_final(reason, poll)};
  }

  Decision operator()(const ClosePoll& command) const {
    if (!is_owner(poll, command.manage)) return at_once(Refusal::not_owner);
    if (poll.hidden) return at_once(Refusal::poll_hidden);
    const events::PollClosed event{command.poll, command.id, events::ClosedBy::owner};
    if (poll.closed) return Stands{receipt_of(command.poll, *poll.closed), event};
    return Append{event};
  }

  Decision operator()(const HidePoll& command) const {
    if (!is_owner(poll, command.manage)) return at_once(Refusal::not_owner);
    const events::PollHidden event{command.poll, command.id};
    if (poll.hidden) return Stands{receipt_of(command.poll, *poll.hidden), event};
    return Append{event};
  }

  /// What stands before any look at a credential.
  [[nodiscard]] std::optional<Refuse> voters_refusal() const {
    if (poll.hidden) return at_once(Refusal::poll_hidden);
    if (poll.settings.key != setting.key) return at_once(Refusal::wrong_secret);
    return std::nullopt;
  }

  [[nodiscard]] Receipt receipt_of_extension() const {
    Receipt receipt =
        poll.extended ? receipt_of(poll.settings.poll, *poll.extended) : receipt_of_opening(poll);
    receipt.closes_at = poll.settings.closes_at;
    return receipt;
  }
};

/// The answer to an own event that counted.
struct Counted {
  const events::Judged& judged;
  Receipt receipt;

  Receipt operator()(const events::PollOpened& event) {
    receipt.opens_at = event.opens_at;
    receipt.closes_at = event.closes_at;
    return receipt;
  }
  Receipt operator()(const events::VoteCast& event) { return with_vote(event.voter); }
  Receipt operator()(const events::VoteRetracted& event) { return with_vote(event.voter); }
  Receipt operator()(const events::CodesIssued& event) {
    receipt.first = event.first;
    receipt.count = event.count;
    return receipt;
  }
  Receipt operator()(const events::PollExtended& event) {
    receipt.closes_at = event.closes_at;
    return receipt;
  }
  Receipt operator()(const events::PollClosed&) { return receipt; }
  Receipt operator()(const events::PollHidden&) { return receipt; }

  Receipt with_vote(const VoterTag& voter) {
    receipt.voter = voter;
    receipt.vote = judged.poll.voters.find(voter);
    return receipt;
  }
};

/// A void vote may still be the very request that stands: an earlier copy of it counted.
template <class Entry>
Reply answer_void(const events::Judged& judged, const Entry& entry) {
  const auto standing = judged.poll.voters.find(entry.voter);
  if (standing && is_repeat(*standing, entry)) {
    return Accepted{receipt_of(entry.poll, entry.voter, *standing), false};
  }
  return refused_vote(entry, judged.reason, standing);
}

}  // namespace

PollId poll_of(const Command& command) {
  if (const auto* open = std::get_if<OpenPoll>(&command)) return open->event.poll;
  return std::visit(
      [](const auto& c) -> PollId {
        if constexpr (requires { c.poll; }) return c.poll;
        return {};
      },
      command);
}

Decision decide(const events::Fold& fold, const Command& command, const Setting& setting) {
  const events::PollSlot* slot = fold.slot(poll_of(command));
  if (slot == nullptr) {
    if (const auto* open = std::get_if<OpenPoll>(&command)) return Append{open->event};
    return after_catch_up(Refusal::no_such_poll);
  }
  if (slot->parked) return at_once(Refusal::poll_parked);
  return std::visit(Decide{*slot->poll, setting}, command);
}

std::optional<Reply> answer(const events::Judged& judged) {
  if (judged.counted()) {
    const Receipt plain{.poll = judged.poll.settings.poll, .seq = judged.seq, .at = judged.at};
    return Accepted{std::visit(Counted{judged, plain}, judged.event), false};
  }
  if (const auto* cast = std::get_if<events::VoteCast>(&judged.event)) {
    return answer_void(judged, *cast);
  }
  if (const auto* retracted = std::get_if<events::VoteRetracted>(&judged.event)) {
    return answer_void(judged, *retracted);
  }
  return std::nullopt;
}

}  // namespace flashpoll::command
