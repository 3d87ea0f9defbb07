#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "command/refusal_response.h"
#include "command/routes.h"

/// What the handlers of this role share. Internal to the role.
namespace flashpoll::command {

using Parts = std::shared_ptr<const RouteParts>;
using ExchangePtr = std::shared_ptr<http::Exchange>;
using ToResponse = std::function<http::Response(const Accepted&)>;

/// Hands the command to the desk. Counts failed credentials against the caller's address, and turns
/// him away when there were too many.
void submit(const Parts& parts, std::string address, Command command, OnReply on_reply);

/// Submits the command, which is all that is kept of the request, and answers the exchange with its
/// reply.
void run(const Parts& parts, const ExchangePtr& exchange, Command command, ToResponse to_response);

/// A poll's id in a path of the API: 12 upper-case characters, otherwise there is no such poll.
[[nodiscard]] Parsed<PollId> poll_in_path(const http::Request& request);
[[nodiscard]] Rejection unknown_parameter(std::string_view name);
/// Refuses query parameters: no command has any.
[[nodiscard]] std::optional<Rejection> check_query(const http::Request& request);

[[nodiscard]] http::Response json_response(int status, std::string body);
[[nodiscard]] Uuid new_event_id(const runtime::Clock& clock);

/// `Idempotency-Key`: a UUID.
[[nodiscard]] Parsed<std::optional<Uuid>> idempotency_key(const http::Request& request);

/// The token of a derived device: only who brought the ballot in gets it, and only now.
[[nodiscard]] std::optional<std::string> derived_token(const RouteParts& parts,
                                                       const std::optional<DerivedDevice>& derived,
                                                       const Accepted& accepted);

/// The `Set-Cookie` of a voter's token.
[[nodiscard]] http::Header voter_cookie(const RouteSettings& settings, std::string_view token);

void add_opening_routes(http::Router& router, const Parts& parts);
void add_voting_routes(http::Router& router, const Parts& parts);
void add_bulk_routes(http::Router& router, const Parts& parts);
void add_owner_routes(http::Router& router, const Parts& parts);
void add_form_routes(http::Router& router, const Parts& parts);

/// Parses with `parse`, answers a rejection, hands a good value on.
template <class T, class Then>
void with(const ExchangePtr& exchange, Parsed<T> parsed, Then then) {
  if (const auto* rejection = std::get_if<Rejection>(&parsed)) {
    exchange->answer(to_response(*rejection));
  } else {
    then(std::move(std::get<T>(parsed)));
  }
}

}  // namespace flashpoll::command
