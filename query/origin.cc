#include "query/origin.h"

#include <algorithm>

namespace flashpoll::query {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

/// `https://example.org:8443/polls` → `https://example.org:8443`.
std::string_view origin_of(std::string_view url) {
  const std::size_t host = url.find("://");
  if (host == std::string_view::npos) return url;
  return url.substr(0, url.find('/', host + 3));
}

}  // namespace

bool origin_allowed(std::optional<std::string_view> origin, std::string_view host,
                    const OriginPolicy& policy) {
  if (!origin) return true;
  for (const std::string_view scheme : {"http://", "https://"}) {
    const bool fits = same(origin->substr(0, scheme.size()), scheme);
    if (fits && !host.empty() && same(origin->substr(scheme.size()), host)) return true;
  }
  if (!policy.public_url.empty() && same(*origin, origin_of(policy.public_url))) return true;
  return std::any_of(policy.allowed.begin(), policy.allowed.end(),
                     [&](const std::string& one) { return same(*origin, one); });
}

}  // namespace flashpoll::query
