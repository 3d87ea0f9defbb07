#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flashpoll::query {

/// Which web sites may open a WebSocket here.
struct OriginPolicy {
  std::string public_url;            ///< without a slash at the end; empty: none configured
  std::vector<std::string> allowed;  ///< further origins, as `https://example.org`
};

/// `origin`: the header of RFC 6454, absent from clients that are no browsers. It must name the
/// request's own host, by either scheme as TLS ends before us, the public URL, or an allowed one.
[[nodiscard]] bool origin_allowed(std::optional<std::string_view> origin, std::string_view host,
                                  const OriginPolicy& policy);

}  // namespace flashpoll::query
