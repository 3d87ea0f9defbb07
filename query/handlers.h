#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "query/parameters.h"
#include "query/routes.h"

/// What the handlers of this role share. Internal to the role.
namespace flashpoll::query {

using Parts = std::shared_ptr<const RouteParts>;
using ExchangePtr = std::shared_ptr<http::Exchange>;

void add_result_routes(http::Router& router, const Parts& parts);
void add_poll_routes(http::Router& router, const Parts& parts);
void add_entry_routes(http::Router& router, const Parts& parts);
void add_page_routes(http::Router& router, const Parts& parts);

/// Who looks, and when.
[[nodiscard]] Look look_of(const RouteParts& parts, const http::Request& request);
/// Scheme, host and port that the browser sees, without a slash at the end.
[[nodiscard]] std::string base_of(const RouteParts& parts, const http::Request& request);

/// The poll in the path and the parameters that `parse` takes, or the refusal, which is answered
/// then.
template <class Parse>
[[nodiscard]] auto parsed(const ExchangePtr& exchange, Parse parse)
    -> std::optional<decltype(parse(events::PollId(), std::declval<Parameters&>()))> {
  const http::Request& request = exchange->request();
  const auto poll = poll_in_path(request);
  Parameters parameters(request.query());
  auto query = parse(poll.value_or(events::PollId()), parameters);
  std::optional<Refused> refused = parameters.refused();
  if (!poll) refused = Refused{events::Refusal::no_such_poll};
  if (!refused) return query;
  exchange->answer(problem_of(*refused, request));
  return std::nullopt;
}

/// Nothing but the poll.
[[nodiscard]] std::optional<events::PollId> parsed_poll(const ExchangePtr& exchange);

}  // namespace flashpoll::query
