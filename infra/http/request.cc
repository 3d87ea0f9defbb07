#include "infra/http/request.h"

#include <utility>

#include "infra/http/form.h"

namespace flashpoll::http {

std::optional<HeadRefusal> ReceivedRequest::read_head(std::string_view bytes,
                                                      const HeadLimits& limits) {
  bytes_ = bytes;
  auto result = parse_head(bytes_, limits);
  if (const auto* refusal = std::get_if<HeadRefusal>(&result)) return *refusal;
  head_ = std::move(std::get<Head>(result));
  return std::nullopt;
}

std::string_view ReceivedRequest::segment(std::string_view name) const {
  return find(segments_, name).value_or(std::string_view());
}

std::vector<std::string_view> ReceivedRequest::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const HeadField& field : head_.fields) {
    if (same_ignoring_case(field.name, name)) values.push_back(field.value);
  }
  return values;
}

std::optional<std::string_view> ReceivedRequest::cookie(std::string_view name) const {
  for (const HeadField& field : head_.fields) {
    if (!same_ignoring_case(field.name, "cookie")) continue;
    if (auto value = find_cookie(field.value, name)) return value;
  }
  return std::nullopt;
}

bool ReceivedRequest::read_query() {
  auto parameters = parse_form(head_.query);
  if (!parameters) return false;
  query_ = std::move(*parameters);
  return true;
}

}  // namespace flashpoll::http
