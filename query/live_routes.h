#pragma once

#include "infra/http/router.h"
#include "query/hub.h"
#include "query/origin.h"

namespace flashpoll::query {

/// `GET /v1/polls/{id}/stream` and `GET /v1/ws`. The hub must outlive the server.
void add_live_routes(http::Router& router, Hub& hub, OriginPolicy origins);

}  // namespace flashpoll::query
