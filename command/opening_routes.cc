#include "command/bodies.h"
#include "command/handlers.h"
#include "events/slug.h"
#include "infra/crypto/hash.h"
#include "infra/json/writer.h"
#include "infra/runtime/time.h"

namespace flashpoll::command {

namespace {

using events::Refusal;

/// A 60-bit id is drawn twice by chance once in 10^12 polls or so.
constexpr int kDraws = 3;

struct Opening {
  events::PollOpened event;
  std::string manage_token;
};

Opening prepare(const RouteParts& parts, OpenBody body, const std::optional<Uuid>& key) {
  const events::Mac& mac = parts.identity.mac();
  const auto seed = key ? key->bytes : crypto::random_bytes<16>();
  events::OpeningSecrets secrets = events::opening_secrets(mac, seed, key.has_value());
  Opening opening{std::move(body.event), std::move(secrets.manage_token)};
  opening.event.poll = secrets.poll;
  opening.event.id =
      key ? events::opening_id(mac, *key, body.normalised) : new_event_id(parts.clock);
  opening.event.manage = crypto::sha256(opening.manage_token);
  opening.event.key = events::key_fingerprint(mac);
  return opening;
}

std::string opening_json(const Opening& opening, const Receipt& receipt) {
  const std::string page = events::page_name(opening.event.question, receipt.poll);
  const TimeMs opens_at = receipt.opens_at == 0 ? receipt.at : receipt.opens_at;
  std::string out;
  json::Writer(out)
      .begin_object()
      .member("id", receipt.poll)
      .member("slug", events::slug(opening.event.question))
      .member("url", "/p/" + page)
      .member("opens_at", runtime::format_time(opens_at))
      .member("closes_at", runtime::format_time(receipt.closes_at))
      .member("seq", receipt.seq.value)
      .member("manage_token", opening.manage_token)
      .member("manage_url", "/manage/" + page + "#" + opening.manage_token)
      .end_object();
  return out;
}

http::Response opened(const Opening& opening, const Accepted& accepted) {
  http::Response response = json_response(201, opening_json(opening, accepted.receipt));
  response.headers.emplace_back("Location", "/v1/polls/" + accepted.receipt.poll.text());
  return response;
}

/// Without a key, a taken id is drawn again; with one, it is the client's to choose another key.
void open_poll(const Parts& parts, const ExchangePtr& exchange, const OpenBody& body, int draws) {
  Opening opening = prepare(*parts, body, std::nullopt);
  events::PollOpened event = opening.event;
  parts->desk.submit(OpenPoll{std::move(event)}, [=](const Reply& reply) {
    if (const auto* accepted = std::get_if<Accepted>(&reply)) {
      exchange->answer(opened(opening, *accepted));
    } else if (const auto* refused = std::get_if<Refused>(&reply)) {
      exchange->answer(to_response(*refused));
    } else if (draws > 1) {
      open_poll(parts, exchange, body, draws - 1);
    } else {
      exchange->answer(to_response(Rejection{Refusal::not_ready}));
    }
  });
}

void handle_open(const Parts& parts, const ExchangePtr& exchange) {
  const http::Request& request = exchange->request();
  if (const auto rejection = check_query(request)) {
    return exchange->answer(to_response(*rejection));
  }
  if (!parts->openings.take(request.client_address())) {
    return exchange->answer(to_response(Rejection{Refusal::too_many_requests}));
  }
  with(exchange, idempotency_key(request), [&](const std::optional<Uuid>& key) {
    with(exchange, parse_open(request.body(), parts->clock.wall_ms()), [&](OpenBody body) {
      if (!key) return open_poll(parts, exchange, body, kDraws);
      Opening opening = prepare(*parts, std::move(body), key);
      events::PollOpened event = opening.event;
      run(parts, exchange, OpenPoll{std::move(event)},
          [opening](const Accepted& accepted) { return opened(opening, accepted); });
    });
  });
}

}  // namespace

void add_opening_routes(http::Router& router, const Parts& parts) {
  router.add("POST", "/v1/polls", {.media_types = {"application/json"}},
             [parts](const ExchangePtr& exchange) { handle_open(parts, exchange); });
}

}  // namespace flashpoll::command
