#include <algorithm>

#include "command/bodies.h"
#include "command/handlers.h"
#include "events/slug.h"
#include "infra/http/form.h"

namespace flashpoll::command {

namespace {

using events::Refusal;

/// A form post goes with the voter's cookie, so it counts only when it comes from a page of ours.
bool is_own_origin(const RouteSettings& settings, const http::Request& request) {
  const auto origin = request.header("Origin");
  if (!origin) return true;
  const auto& allowed = settings.allowed_origins;
  if (std::find(allowed.begin(), allowed.end(), *origin) != allowed.end()) return true;
  if (!settings.public_url.empty()) return *origin == settings.public_url;
  const std::string host(request.header("Host").value_or(""));
  return *origin == "http://" + host || *origin == "https://" + host;
}

/// `min_seq`: the page waits until the read side holds that entry.
http::Response see_page(const http::Request& request, std::string_view notice,
                        std::optional<Seq> min_seq = {}) {
  std::string location = "/p/" + http::percent_encode(request.segment("name"));
  location.append("?notice=").append(notice);
  if (min_seq) location.append("&min_seq=").append(std::to_string(min_seq->value));
  return {303, "", "", {{"Location", std::move(location)}}};
}

/// A form's fields as the API's body; nothing when they are no ballot.
std::optional<VoteBody> read_form(std::string_view body) {
  const auto fields = http::parse_form(body);
  if (!fields) return std::nullopt;
  VoteBody vote;
  std::vector<std::int64_t> choices;
  for (const auto& [name, value] : *fields) {
    if (name == "choice") choices.push_back(json::parse_integer(value).value_or(255));
    if (name == "code") vote.code = value;
  }
  vote.choices = to_choices(choices);
  vote.vote_id = Uuid::parse_any_case(http::find(*fields, "vote_id").value_or(""));
  if (!vote.vote_id) return std::nullopt;
  if (const auto replaces = http::find(*fields, "replaces")) {
    const auto seq = json::parse_integer(*replaces);
    if (!seq) return std::nullopt;
    vote.replaces = Seq(static_cast<std::uint64_t>(*seq));
  }
  return vote;
}

http::Response answer_to(const RouteParts& parts, const http::Request& request,
                         const CastVote& command, const Reply& reply) {
  if (const auto* refused = std::get_if<Refused>(&reply)) {
    return see_page(request, events::info(refused->refusal).code);
  }
  const auto& accepted = std::get<Accepted>(reply);
  http::Response response =
      see_page(request, command.replaces ? "changed" : "voted", accepted.receipt.seq);
  if (const auto token = derived_token(parts, command.claims.derived, accepted)) {
    response.headers.push_back(voter_cookie(parts.settings, *token));
  }
  return response;
}

void handle_form(const Parts& parts, const ExchangePtr& exchange) {
  const http::Request& request = exchange->request();
  if (!is_own_origin(parts->settings, request)) {
    return exchange->answer(to_response(Rejection{Refusal::origin_not_allowed}));
  }
  const auto poll = events::parse_page_name(request.segment("name"));
  if (!poll) return exchange->answer(see_page(request, "no_such_poll"));
  const auto body = read_form(request.body());
  if (!body) return exchange->answer(see_page(request, "invalid"));
  Shown shown = shown_by(request);
  if (body->code) shown.code = *body->code;
  const CastVote command{*poll, parts->identity.for_ballot(*poll, shown, *body->vote_id),
                         *body->vote_id, body->choices, body->replaces};
  submit(
      parts, std::string(request.client_address()), command,
      [parts, exchange, command](Reply reply) {
        exchange->answer_by([=] { return answer_to(*parts, exchange->request(), command, reply); });
      });
}

}  // namespace

void add_form_routes(http::Router& router, const Parts& parts) {
  router.add("POST", "/p/{name}", {.media_types = {"application/x-www-form-urlencoded"}},
             [parts](const ExchangePtr& exchange) { handle_form(parts, exchange); });
}

}  // namespace flashpoll::command
