#include "events/refusal.h"

#include <array>

#include "events/check.h"

namespace flashpoll::events {

namespace {

constexpr std::array kTable = {
    RefusalInfo{Refusal::bad_request, "bad_request", 400, "The request is not well formed",
                "A header, the address or a query parameter cannot be read; `detail` says which "
                "one to correct.",
                0},
    RefusalInfo{Refusal::bad_json, "bad_json", 400, "The body is not valid JSON",
                "The body must be one JSON object in UTF-8; `detail` names the byte where reading "
                "stopped.",
                0},
    RefusalInfo{Refusal::unknown_member, "unknown_member", 400, "The body has an unknown member",
                "A member of the body is not known here, perhaps it is misspelt; `errors` points "
                "at it. Remove or correct it.",
                0},
    RefusalInfo{Refusal::credential_missing, "credential_missing", 401, "A credential is missing",
                "This needs to know who you are: send the voter token, the one-time code or the "
                "bearer token that `WWW-Authenticate` asks for.",
                0},
    RefusalInfo{Refusal::credential_invalid, "credential_invalid", 403,
                "The credential is not valid",
                "The token or code is misspelt, belongs to another poll or was never issued; check "
                "how it was copied.",
                0},
    RefusalInfo{Refusal::not_owner, "not_owner", 403, "Only the poll's owner may do this",
                "The manage token does not belong to this poll; use the one that was given when "
                "the poll was opened.",
                0},
    RefusalInfo{Refusal::origin_not_allowed, "origin_not_allowed", 403,
                "This website may not connect here",
                "The request comes from a page of another website; open the poll on its own "
                "address instead.",
                0},
    RefusalInfo{Refusal::withheld, "withheld", 403, "Results are not shown yet",
                "This poll shows its results later: after you have voted, or once the poll is "
                "closed.",
                0},
    RefusalInfo{Refusal::no_such_poll, "no_such_poll", 404, "There is no such poll",
                "No poll has this id; check the link, an id is 12 characters in upper case.", 0},
    RefusalInfo{Refusal::no_such_entry, "no_such_entry", 404, "There is no such entry",
                "The poll has no entry with this number yet; numbers start at 0 and have no gaps.",
                0},
    RefusalInfo{Refusal::no_such_vote, "no_such_vote", 404, "You have no ballot here",
                "No ballot of yours counts in this poll now: you have not voted, or you took it "
                "back.",
                0},
    RefusalInfo{Refusal::not_json, "not_json", 415, "The body must be JSON",
                "Send the body as JSON and say so with `Content-Type: application/json`.", 0},
    RefusalInfo{Refusal::poll_closed, "poll_closed", 409, "The poll is closed",
                "The poll has ended, so nothing more can be counted or changed; its result is "
                "final or about to be.",
                0},
    RefusalInfo{Refusal::poll_not_open, "poll_not_open", 409, "The poll has not started yet",
                "Voting starts at `opens_at`; send the same vote again then.", 0},
    RefusalInfo{Refusal::change_not_allowed, "change_not_allowed", 409,
                "Votes cannot be changed in this poll",
                "The owner chose that a ballot is final; the one you gave stands.", 0},
    RefusalInfo{Refusal::already_voted, "already_voted", 409, "You have already voted",
                "Your earlier ballot stands, see `receipt`; where changes are allowed, name its "
                "`seq` in `replaces`.",
                0},
    RefusalInfo{Refusal::stale_replace, "stale_replace", 409, "Your vote has changed meanwhile",
                "`replaces` does not name your latest entry; look at `receipt` and decide again.",
                0},
    RefusalInfo{Refusal::not_later, "not_later", 409, "A poll can only be extended",
                "The new closing time must lie after the present one.", 0},
    RefusalInfo{Refusal::wrong_eligibility, "wrong_eligibility", 409,
                "This kind of poll does not take that",
                "What was sent fits a poll with another way of voting, for example codes in a poll "
                "that needs none; `eligibility` of the poll says who may vote.",
                0},
    RefusalInfo{Refusal::poll_hidden, "poll_hidden", 410, "The poll was removed",
                "Its owner took it off the public pages; it takes no votes and shows no results.",
                0},
    RefusalInfo{Refusal::invalid, "invalid", 422, "Some values cannot be accepted",
                "`errors` lists every value to correct and why.", 0},
    RefusalInfo{Refusal::invalid_choices, "invalid_choices", 422, "These choices cannot be counted",
                "A ballot names choices of this poll by their index, each at most once, and as "
                "many as the poll asks for (`min` to `max`).",
                0},
    RefusalInfo{Refusal::vote_id_reused, "vote_id_reused", 422,
                "This vote id was used for another vote",
                "A `vote_id` stands for one vote and its retries; make a new one for a different "
                "vote.",
                0},
    RefusalInfo{Refusal::too_many_requests, "too_many_requests", 429, "Too many requests",
                "This address has sent too many requests; wait as long as `Retry-After` says.", 60},
    RefusalInfo{Refusal::overloaded, "overloaded", 503, "Too busy at the moment",
                "Nothing was recorded; send the same request again after a short wait.", 1},
    RefusalInfo{Refusal::outcome_unknown, "outcome_unknown", 503,
                "It is not known yet whether this counted",
                "The request may still take effect; send the very same request again to learn what "
                "became of it, it cannot count twice.",
                1},
    RefusalInfo{Refusal::not_ready, "not_ready", 503, "Not ready yet",
                "The service is catching up with the ledger; nothing was recorded, send the same "
                "request again shortly.",
                1},
    RefusalInfo{Refusal::poll_parked, "poll_parked", 503, "This poll is paused",
                "It holds an entry that needs a newer version of the service; nothing was recorded "
                "or lost, try again after the upgrade.",
                60},
    RefusalInfo{Refusal::wrong_secret, "wrong_secret", 503, "Voting is not possible here",
                "This server does not have the secret under which the poll was opened, so it can "
                "only show it; nothing was recorded.",
                60},
    RefusalInfo{Refusal::behind, "behind", 503, "The results are not that far yet",
                "The entry you ask for is recorded but not in the results yet; ask again in a "
                "moment.",
                1},
};

constexpr bool rows_stand_in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].refusal) != i) return false;
  }
  return kTable.back().refusal == Refusal::behind;
}
static_assert(rows_stand_in_order());

}  // namespace

const RefusalInfo& info(Refusal refusal) { return kTable.at(static_cast<std::size_t>(refusal)); }

std::span<const RefusalInfo> refusals() { return kTable; }

Refusal refusal_for(Reason reason) {
  switch (reason) {
    case Reason::poll_hidden:
      return Refusal::poll_hidden;
    case Reason::poll_closed:
      return Refusal::poll_closed;
    case Reason::vote_id_reused:
      return Refusal::vote_id_reused;
    case Reason::poll_not_open:
      return Refusal::poll_not_open;
    case Reason::invalid_choices:
      return Refusal::invalid_choices;
    case Reason::change_not_allowed:
      return Refusal::change_not_allowed;
    case Reason::already_voted:
      return Refusal::already_voted;
    case Reason::stale_replace:
      return Refusal::stale_replace;
    case Reason::not_later:
      return Refusal::not_later;
    case Reason::wrong_eligibility:
      return Refusal::wrong_eligibility;
    case Reason::none:
    case Reason::poll_exists:
    case Reason::repeat:
    case Reason::too_early:
    case Reason::codes_taken:
      break;
  }
  FP_CHECK(false, "this reason never reaches a client as a refusal");
  std::abort();
}

}  // namespace flashpoll::events
