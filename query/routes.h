#pragma once

#include <string>

#include "infra/http/limiter.h"
#include "infra/http/router.h"
#include "infra/runtime/clock.h"
#include "query/caller.h"
#include "query/latest_results.h"
#include "query/pages.h"
#include "query/reads.h"

namespace flashpoll::query {

struct RouteSettings {
  /// Scheme, host and port that browsers see, without a slash at the end; empty: as the request
  /// says.
  std::string public_url;
};

/// What the handlers need; it must outlive the router. Any thread.
struct RouteParts {
  const Reads& reads;
  LatestResults& latest;
  const Identity& identity;
  const Pages& pages;
  const runtime::Clock& clock;
  http::Limiter& failed_credentials;  ///< per address
  RouteSettings settings;
};

/// Adds the queries of the API, the pages and their assets. Streams are added by the hub.
void add_routes(http::Router& router, RouteParts parts);

/// A poll's id in a path of the API: 12 upper-case characters, otherwise there is no such poll.
[[nodiscard]] std::optional<events::PollId> poll_in_path(const http::Request& request);

}  // namespace flashpoll::query
