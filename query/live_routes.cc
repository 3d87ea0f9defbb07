#include "query/live_routes.h"

#include "infra/http/problem.h"
#include "infra/json/json.h"
#include "query/parameters.h"
#include "query/sse_session.h"
#include "query/ws_session.h"

namespace flashpoll::query {

namespace {

using Exchange = std::shared_ptr<http::Exchange>;
using events::Refusal;

void refuse(const Exchange& exchange, const Refused& refused) {
  exchange->answer(to_response(refused, exchange->request().path()));
}

/// What the client has seen: `Last-Event-ID`, which a browser sends when it connects again, else
/// `?after=`.
std::variant<std::optional<events::Seq>, Refused> seen_by(const http::Request& request) {
  Parameters parameters(request.query());
  std::optional<events::Seq> after = parameters.seq("after");
  if (auto refused = parameters.refused()) return *refused;
  if (const auto last = request.header("Last-Event-ID"); last && !last->empty()) {
    const auto seq = json::parse_integer(*last);
    if (!seq) return Refused{Refusal::bad_request, "Last-Event-ID is not a seq."};
    after = events::Seq{static_cast<std::uint64_t>(*seq)};
  }
  return after;
}

void open_stream(const Exchange& exchange, Watchers& watchers, Admitted admitted) {
  http::Response head;
  head.content_type = "text/event-stream";
  head.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  if (exchange->request().method() == "HEAD") return exchange->answer(std::move(head));
  const auto shared = std::make_shared<Admitted>(std::move(admitted));
  exchange->open_events(std::move(head), [shared, &watchers](auto channel) {
    return SseSession::open(watchers, std::move(*shared), std::move(channel));
  });
}

void answer(const Exchange& exchange, Watchers& watchers, Admission admission) {
  if (const auto* refused = std::get_if<Refused>(&admission)) return refuse(exchange, *refused);
  if (auto* admitted = std::get_if<Admitted>(&admission))
    return open_stream(exchange, watchers, std::move(*admitted));
  // 204 tells an EventSource not to come back.
  exchange->answer(
      {.status = 204, .content_type = {}, .body = {}, .headers = {{"Cache-Control", "no-store"}}});
}

void stream(Hub& hub, const Exchange& exchange) {
  const http::Request& request = exchange->request();
  const auto poll = events::PollId::parse(request.segment("id"));
  if (!poll) return refuse(exchange, {Refusal::no_such_poll});
  const auto seen = seen_by(request);
  if (const auto* refused = std::get_if<Refused>(&seen)) return refuse(exchange, *refused);
  hub.subscribe(*poll, std::get<0>(seen), caller_of(request),
                [exchange, &hub](Admission admission) {
                  answer(exchange, hub.watchers(), std::move(admission));
                });
}

void socket(Hub& hub, const OriginPolicy& origins, const Exchange& exchange) {
  const http::Request& request = exchange->request();
  if (!origin_allowed(request.header("Origin"), request.header("Host").value_or(""), origins))
    return refuse(exchange, {Refusal::origin_not_allowed});
  const bool opened = exchange->open_websocket(
      kSubprotocol, [&hub, caller = caller_of(request)](std::shared_ptr<http::Channel> channel) {
        return WsSession::open(hub, caller, std::move(channel));
      });
  if (opened) return;
  exchange->answer(
      http::protocol_problem(http::ProtocolProblem::upgrade_required,
                             "Connect with a WebSocket of the subprotocol flashpoll.v1+json."));
}

}  // namespace

void add_live_routes(http::Router& router, Hub& hub, OriginPolicy origins) {
  router.add("GET", "/v1/polls/{id}/stream",
             [&hub](const Exchange& exchange) { stream(hub, exchange); });
  router.add("GET", "/v1/ws", [&hub, origins = std::move(origins)](const Exchange& exchange) {
    socket(hub, origins, exchange);
  });
}

}  // namespace flashpoll::query
