#pragma once

#include <string>
#include <vector>

#include "command/desk_service.h"
#include "command/identity.h"
#include "infra/http/limiter.h"
#include "infra/http/router.h"
#include "infra/runtime/clock.h"

namespace flashpoll::command {

struct RouteSettings {
  /// Scheme, host and port that browsers see, without a slash at the end; empty: as the request
  /// says.
  std::string public_url;
  /// Further origins whose pages may post ballots.
  std::vector<std::string> allowed_origins;
};

/// What the handlers need; it must outlive the router. Any thread.
struct RouteParts {
  DeskService& desk;
  const Identity& identity;
  const runtime::Clock& clock;
  http::Limiter& openings;            ///< per address
  http::Limiter& failed_credentials;  ///< per address
  RouteSettings settings;
};

/// Adds the commands of the API and the form post of the page.
void add_routes(http::Router& router, RouteParts parts);

}  // namespace flashpoll::command
