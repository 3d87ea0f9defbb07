#include "query/view.h"

#include <algorithm>

namespace flashpoll::query {

std::string_view name(Status status) {
  switch (status) {
    case Status::scheduled:
      return "scheduled";
    case Status::open:
      return "open";
    case Status::closing:
      return "closing";
    case Status::closed:
      return "closed";
    case Status::parked:
      return "parked";
  }
  return {};
}

Status status_of(const PollRow& poll, events::TimeMs now) {
  if (poll.parked) return Status::parked;
  if (poll.closed) return Status::closed;
  const events::TimeMs at = std::max(now, poll.latest.at);
  if (at >= poll.settings.closes_at) return Status::closing;
  return at < poll.settings.opens_at ? Status::scheduled : Status::open;
}

events::TimeMs status_until(const PollRow& poll, events::TimeMs now) {
  events::TimeMs until = events::kMaxTimeMs;
  if (poll.closed) return until;
  for (const events::TimeMs change : {poll.settings.opens_at, poll.settings.closes_at}) {
    if (change > now) until = std::min(until, change);
  }
  return until;
}

bool is_final(const PollRow& poll) { return poll.closed && !poll.parked; }

std::string_view name(Withheld withheld) {
  switch (withheld) {
    case Withheld::no:
      return {};
    case Withheld::after_close:
      return "after_close";
    case Withheld::after_vote:
      return "after_vote";
  }
  return {};
}

Withheld withheld_from(const PollRow& poll, bool has_voted) {
  if (poll.closed || poll.settings.results == events::Results::live) return Withheld::no;
  if (poll.settings.results == events::Results::after_close) return Withheld::after_close;
  return has_voted ? Withheld::no : Withheld::after_vote;
}

bool depends_on_viewer(const PollRow& poll) {
  return !poll.closed && poll.settings.results == events::Results::after_vote;
}

}  // namespace flashpoll::query
