#include "query/seen.h"

namespace flashpoll::query {

bool has_voted(ReadTables& tables, const PollRow& poll, const Look& look) {
  const auto tag = look.identity.tag_of(poll, look.caller);
  const auto* voter = std::get_if<events::VoterTag>(&tag);
  if (voter == nullptr) return false;
  const auto standing = tables.standing(poll.settings.poll, *voter);
  return standing && standing->choices;
}

std::variant<SeenPoll, Refused> see(ReadTables& tables, events::PollId id, const Look& look) {
  auto row = tables.poll(id);
  if (!row) {
    const bool parked = tables.is_parked(id);
    return Refused{parked ? events::Refusal::poll_parked : events::Refusal::no_such_poll};
  }
  if (row->hidden) return Refused{events::Refusal::poll_hidden};
  SeenPoll poll;
  poll.row = std::move(*row);
  poll.status = status_of(poll.row, look.now);
  poll.status_until = status_until(poll.row, look.now);
  const bool voted = depends_on_viewer(poll.row) && has_voted(tables, poll.row, look);
  poll.withheld = withheld_from(poll.row, voted);
  return poll;
}

std::vector<http::Header> cache_headers(const SeenPoll& poll, bool immutable) {
  if (depends_on_viewer(poll.row) || poll.withheld != Withheld::no) {
    return {{"Cache-Control", "private, no-cache"},
            {"Vary", "Cookie, Voter-Token, Voter-Code, Authorization"}};
  }
  // Not for ever: the owner may hide the poll.
  return {{"Cache-Control", immutable ? "public, max-age=3600, immutable" : "no-cache"}};
}

}  // namespace flashpoll::query
