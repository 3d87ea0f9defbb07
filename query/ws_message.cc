#include "query/ws_message.h"

#include "infra/json/json.h"
#include "infra/json/object_reader.h"

namespace flashpoll::query {

std::optional<ClientMessage> parse_client_message(std::string_view text) {
  const auto parsed = json::parse(text);
  const auto* value = std::get_if<json::Value>(&parsed);
  if (value == nullptr) return std::nullopt;
  json::ObjectReader object(*value);
  const auto subscribe = object.string("subscribe");
  const auto unsubscribe = object.string("unsubscribe");
  if (subscribe.has_value() == unsubscribe.has_value()) return std::nullopt;
  ClientMessage message{subscribe.has_value(), subscribe ? *subscribe : *unsubscribe, {}, {}};
  if (message.subscribe) {
    if (const auto after = object.integer("after"))
      message.after = events::Seq{static_cast<std::uint64_t>(*after)};
    message.credential = object.string("credential");
  }
  if (!object.errors().empty() || !object.unknown().empty()) return std::nullopt;
  return message;
}

}  // namespace flashpoll::query
