#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "events/ids.h"

/// What a client says over the WebSocket. Pure.
namespace flashpoll::query {

inline constexpr std::string_view kSubprotocol = "flashpoll.v1+json";

/// `{"subscribe":"7Q2M9X4KTB3D","after":41,"credential":"…"}`, or `{"unsubscribe":"…"}`.
struct ClientMessage {
  bool subscribe = true;
  std::string poll;  ///< as written: perhaps no id
  std::optional<events::Seq> after;
  std::optional<std::string> credential;
};

/// Empty: the client does not speak the protocol.
[[nodiscard]] std::optional<ClientMessage> parse_client_message(std::string_view text);

}  // namespace flashpoll::query
