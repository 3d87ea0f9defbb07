#include "infra/http/upgrade.h"

#include <algorithm>

namespace flashpoll::http {

namespace {

/// Whether one of the fields of that name holds the token.
bool holds(const Head& head, std::string_view name, std::string_view token) {
  return std::ranges::any_of(head.fields, [name, token](const HeadField& field) {
    return same_ignoring_case(field.name, name) && list_holds(field.value, token);
  });
}

/// 16 bytes in base64.
bool is_key(std::string_view text) {
  return text.size() == 24 && text.ends_with("==") &&
         std::ranges::all_of(text.substr(0, 22), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '+' || c == '/';
         });
}

}  // namespace

std::optional<Upgrade> read_upgrade(const Head& head, std::string_view subprotocol) {
  const auto key = head.field("sec-websocket-key");
  const bool valid = head.method == "GET" && !head.has_body() &&
                     holds(head, "connection", "upgrade") && holds(head, "upgrade", "websocket") &&
                     head.field("sec-websocket-version") == "13" && key && is_key(*key) &&
                     holds(head, "sec-websocket-protocol", subprotocol);
  if (!valid) return std::nullopt;
  return Upgrade{std::string(head.path), std::string(*head.field("host")), std::string(*key),
                 std::string(subprotocol)};
}

}  // namespace flashpoll::http
