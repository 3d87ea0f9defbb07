#include "command/bodies.h"
#include "command/handlers.h"
#include "infra/crypto/hash.h"
#include "infra/json/writer.h"
#include "infra/runtime/time.h"

namespace flashpoll::command {

namespace {

using events::Refusal;

/// Who an owner's command is for, and the hash of what he showed.
struct Owner {
  PollId poll;
  events::ManageHash manage;
};

Parsed<Owner> owner_of(const http::Request& request) {
  if (auto rejection = check_query(request)) return std::move(*rejection);
  auto poll = poll_in_path(request);
  if (auto* rejection = std::get_if<Rejection>(&poll)) return std::move(*rejection);
  const auto token = bearer_token(request);
  if (!token) return Rejection{Refusal::credential_missing};
  return Owner{std::get<PollId>(poll), crypto::sha256(*token)};
}

json::Writer begin_receipt(std::string& out, const Receipt& receipt) {
  json::Writer json(out);
  json.begin_object()
      .member("poll", receipt.poll)
      .member("seq", receipt.seq.value)
      .member("at", runtime::format_time(receipt.at));
  return json;
}

http::Response plain_answer(const Accepted& accepted) {
  std::string out;
  begin_receipt(out, accepted.receipt).end_object();
  return json_response(200, std::move(out));
}

http::Response extend_answer(const Accepted& accepted) {
  std::string out;
  begin_receipt(out, accepted.receipt)
      .member("closes_at", runtime::format_time(accepted.receipt.closes_at))
      .end_object();
  return json_response(200, std::move(out));
}

http::Response codes_answer(const events::Mac& secret, const Accepted& accepted) {
  const Receipt& receipt = accepted.receipt;
  const events::PollMac mac(secret, receipt.poll);
  std::string out;
  json::Writer json = begin_receipt(out, receipt);
  json.member("first", receipt.first).member("count", receipt.count).key("codes").begin_array();
  for (std::uint32_t i = 0; i < receipt.count; ++i) {
    json.value(events::one_time_code(mac, receipt.first + i));
  }
  json.end_array().end_object();
  return json_response(200, std::move(out));
}

/// Close and hide: no members, nothing but the receipt.
template <class OwnersCommand>
void handle_plain(const Parts& parts, const ExchangePtr& exchange) {
  with(exchange, owner_of(exchange->request()), [&](const Owner& owner) {
    if (const auto rejection = check_empty(exchange->request().body())) {
      return exchange->answer(to_response(*rejection));
    }
    run(parts, exchange, OwnersCommand{owner.poll, owner.manage, new_event_id(parts->clock)},
        plain_answer);
  });
}

void handle_extend(const Parts& parts, const ExchangePtr& exchange) {
  with(exchange, owner_of(exchange->request()), [&](const Owner& owner) {
    with(exchange, parse_extend(exchange->request().body()), [&](const ExtendBody& body) {
      run(parts, exchange,
          ExtendPoll{owner.poll, owner.manage, new_event_id(parts->clock), body.closes_at,
                     body.by_ms},
          extend_answer);
    });
  });
}

void handle_codes(const Parts& parts, const ExchangePtr& exchange) {
  with(exchange, owner_of(exchange->request()), [&](const Owner& owner) {
    with(exchange, parse_codes(exchange->request().body()), [&](const CodesBody& body) {
      run(parts, exchange,
          IssueCodes{owner.poll, owner.manage, new_event_id(parts->clock), body.count, body.first},
          [parts](const Accepted& accepted) {
            return codes_answer(parts->identity.mac(), accepted);
          });
    });
  });
}

}  // namespace

void add_owner_routes(http::Router& router, const Parts& parts) {
  const http::RouteOptions json_only{.media_types = {"application/json"}};
  router.add("POST", "/v1/polls/{id}/close",
             [parts](const ExchangePtr& exchange) { handle_plain<ClosePoll>(parts, exchange); });
  router.add("DELETE", "/v1/polls/{id}",
             [parts](const ExchangePtr& exchange) { handle_plain<HidePoll>(parts, exchange); });
  router.add("POST", "/v1/polls/{id}/extend", json_only,
             [parts](const ExchangePtr& exchange) { handle_extend(parts, exchange); });
  router.add("POST", "/v1/polls/{id}/codes", json_only,
             [parts](const ExchangePtr& exchange) { handle_codes(parts, exchange); });
}

}  // namespace flashpoll::command
