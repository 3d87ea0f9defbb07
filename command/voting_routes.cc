#include "command/bodies.h"
#include "command/handlers.h"
#include "command/receipt_json.h"
#include "infra/crypto/hash.h"

namespace flashpoll::command {

namespace {

using events::Refusal;

/// The vote_id may come in the body or as Idempotency-Key; without either the server makes one.
Parsed<Uuid> vote_id_of(const VoteBody& body, const std::optional<Uuid>& key,
                        const runtime::Clock& clock) {
  if (body.vote_id && key && *body.vote_id != *key) {
    return Rejection{Refusal::bad_request, "vote_id and Idempotency-Key differ.", {}, {}};
  }
  if (body.vote_id) return *body.vote_id;
  return key ? *key : new_event_id(clock);
}

Shown shown_with(const http::Request& request, const VoteBody& body) {
  Shown shown = shown_by(request);
  if (body.code) shown.code = *body.code;
  if (body.voter) shown.voter = *body.voter;
  return shown;
}

void cast(const Parts& parts, const ExchangePtr& exchange, PollId poll, const VoteBody& body,
          const Uuid& vote_id) {
  const Identity& identity = parts->identity;
  CastVote command{poll, identity.for_ballot(poll, shown_with(exchange->request(), body), vote_id),
                   vote_id, body.choices, body.replaces};
  const auto derived = command.claims.derived;
  run(parts, exchange, std::move(command), [parts, derived](const Accepted& accepted) {
    http::Response response =
        json_response(accepted.created ? 201 : 200, vote_json(accepted.receipt));
    if (auto token = derived_token(*parts, derived, accepted)) {
      response.headers.reserve(response.headers.size() + 2);
      response.headers.push_back(voter_cookie(parts->settings, *token));
      response.headers.emplace_back("Voter-Token", std::move(*token));
    }
    return response;
  });
}

void handle_vote(const Parts& parts, const ExchangePtr& exchange) {
  const http::Request& request = exchange->request();
  if (const auto rejection = check_query(request)) {
    return exchange->answer(to_response(*rejection));
  }
  with(exchange, poll_in_path(request), [&](PollId poll) {
    with(exchange, idempotency_key(request), [&](const std::optional<Uuid>& key) {
      with(exchange, parse_vote(request.body()), [&](const VoteBody& body) {
        with(exchange, vote_id_of(body, key, parts->clock),
             [&](const Uuid& vote_id) { cast(parts, exchange, poll, body, vote_id); });
      });
    });
  });
}

Parsed<Seq> seq_in_path(const http::Request& request) {
  const auto number = json::parse_integer(request.segment("seq"));
  if (!number) return Rejection{Refusal::no_such_entry};
  return Seq(static_cast<std::uint64_t>(*number));
}

/// The name of a trusted voter, the only parameter of a retraction.
Parsed<std::optional<std::string_view>> voter_parameter(const http::Request& request) {
  std::optional<std::string_view> voter;
  for (const auto& [name, value] : request.query()) {
    if (name != "voter" || voter) return unknown_parameter(name);
    voter = value;
  }
  return voter;
}

void handle_retraction(const Parts& parts, const ExchangePtr& exchange) {
  const http::Request& request = exchange->request();
  if (const auto rejection = check_empty(request.body())) {
    return exchange->answer(to_response(*rejection));
  }
  with(exchange, voter_parameter(request), [&](std::optional<std::string_view> voter) {
    with(exchange, poll_in_path(request), [&](PollId poll) {
      with(exchange, seq_in_path(request), [&](Seq seq) {
        Shown shown = shown_by(request);
        shown.voter = voter;
        run(parts, exchange, parts->identity.retraction(poll, shown, seq),
            [](const Accepted& accepted) {
              return json_response(200, vote_json(accepted.receipt));
            });
      });
    });
  });
}

}  // namespace

void add_voting_routes(http::Router& router, const Parts& parts) {
  router.add("POST", "/v1/polls/{id}/votes", {.media_types = {"application/json"}},
             [parts](const ExchangePtr& exchange) { handle_vote(parts, exchange); });
  router.add("DELETE", "/v1/polls/{id}/votes/{seq}",
             [parts](const ExchangePtr& exchange) { handle_retraction(parts, exchange); });
}

}  // namespace flashpoll::command
