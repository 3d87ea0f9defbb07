#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "infra/http/gate.h"

namespace flashpoll::http {

/// A request for a WebSocket (RFC 6455, section 4.2.1) that has been found good.
struct Upgrade {
  std::string target;
  std::string host;
  std::string key;
  std::string subprotocol;
};

/// Nothing when the request is no valid upgrade that offers the subprotocol.
[[nodiscard]] std::optional<Upgrade> read_upgrade(const Head& head, std::string_view subprotocol);

}  // namespace flashpoll::http
