#include "command/handlers.h"

#include <array>

#include "infra/crypto/hash.h"

namespace flashpoll::command {

namespace {

using events::Refusal;

http::Response response_to(const Reply& reply, const ToResponse& respond) {
  if (const auto* accepted = std::get_if<Accepted>(&reply)) return respond(*accepted);
  if (const auto* refused = std::get_if<Refused>(&reply)) return to_response(*refused);
  return to_response(Rejection{
      Refusal::invalid, "This Idempotency-Key was used for another poll; use a new one.", {}, {}});
}

bool is_failed_credential(const Reply& reply) {
  const auto* refused = std::get_if<Refused>(&reply);
  return refused != nullptr && (refused->refusal == Refusal::credential_invalid ||
                                refused->refusal == Refusal::not_owner);
}

}  // namespace

void submit(const Parts& parts, std::string address, Command command, OnReply on_reply) {
  if (!parts->failed_credentials.allowed(address)) {
    return on_reply(Refused{Refusal::too_many_requests});
  }
  auto counted = [parts, address = std::move(address),
                  on_reply = std::move(on_reply)](Reply reply) {
    if (is_failed_credential(reply)) (void)parts->failed_credentials.take(address);
    on_reply(std::move(reply));
  };
  parts->desk.submit(std::move(command), std::move(counted));
}

void run(const Parts& parts, const ExchangePtr& exchange, Command command, ToResponse respond) {
  std::string address(exchange->request().client_address());
  exchange->drop_request();
  submit(parts, std::move(address), std::move(command),
         [exchange, respond = std::move(respond)](Reply reply) mutable {
           exchange->answer_by([reply = std::move(reply), respond = std::move(respond)] {
             return response_to(reply, respond);
           });
         });
}

Parsed<PollId> poll_in_path(const http::Request& request) {
  const auto id = PollId::parse(request.segment("id"));
  if (!id) return Rejection{Refusal::no_such_poll};
  return *id;
}

Rejection unknown_parameter(std::string_view name) {
  return {Refusal::bad_request,
          "There is no query parameter `" + std::string(name) + "` here.",
          {},
          {}};
}

std::optional<Rejection> check_query(const http::Request& request) {
  if (request.query().empty()) return std::nullopt;
  return unknown_parameter(request.query().front().first);
}

http::Response json_response(int status, std::string body) {
  return {status, "application/json", std::move(body), {{"Cache-Control", "no-store"}}};
}

Uuid new_event_id(const runtime::Clock& clock) {
  return events::uuid_v7(clock.wall_ms(), crypto::random_bytes<10>());
}

Parsed<std::optional<Uuid>> idempotency_key(const http::Request& request) {
  const auto text = request.header("Idempotency-Key");
  if (!text) return std::optional<Uuid>{};
  const auto key = Uuid::parse_any_case(*text);
  if (!key) return Rejection{Refusal::bad_request, "Idempotency-Key must be a UUID.", {}, {}};
  return std::optional<Uuid>(key);
}

std::optional<std::string> derived_token(const RouteParts& parts,
                                         const std::optional<DerivedDevice>& derived,
                                         const Accepted& accepted) {
  if (!accepted.created || !derived || derived->voter != accepted.receipt.voter) {
    return std::nullopt;
  }
  return events::voter_token(parts.identity.mac(), derived->device);
}

http::Header voter_cookie(const RouteSettings& settings, std::string_view token) {
  static constexpr std::string_view kRest = "; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax";
  static constexpr std::string_view kSecure = "; Secure";
  std::string cookie = "fp_voter=";
  cookie.reserve(cookie.size() + token.size() + kRest.size() + kSecure.size());
  cookie.append(token).append(kRest);
  if (settings.public_url.starts_with("https:")) cookie += kSecure;
  return {"Set-Cookie", std::move(cookie)};
}

void add_routes(http::Router& router, RouteParts parts) {
  const auto shared = std::make_shared<const RouteParts>(std::move(parts));
  add_opening_routes(router, shared);
  add_voting_routes(router, shared);
  add_bulk_routes(router, shared);
  add_owner_routes(router, shared);
  add_form_routes(router, shared);
}

}  // namespace flashpoll::command
