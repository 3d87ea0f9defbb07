#include "infra/http/router.h"

#include <algorithm>

#include "infra/http/form.h"
#include "infra/http/gate.h"
#include "infra/runtime/check.h"

namespace flashpoll::http {

namespace {

bool is_name(std::string_view segment) {
  return segment.size() > 2 && segment.starts_with('{') && segment.ends_with('}');
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, RouteOptions options,
                 Handler handler) {
  FP_CHECK(is_token(method) && pattern.starts_with('/'), "a route has a method and a path");
  Entry entry;
  entry.route = {std::string(method), std::string(pattern), std::move(options), std::move(handler)};
  for (const std::string_view segment : split(entry.route.pattern)) {
    FP_CHECK(is_name(segment) || segment.find_first_of("{}") == std::string_view::npos,
             "a name takes a whole segment of a pattern");
    entry.segments.emplace_back(segment);
  }
  for (const Entry& other : entries_) {
    FP_CHECK(other.route.method != method || other.route.pattern != pattern, "a route is unique");
  }
  entries_.push_back(std::move(entry));
  // A literal sorts before a name: of the candidates for a path, the most literal one comes first.
  const auto is_literal_first = [this](std::size_t a, std::size_t b) {
    return std::ranges::lexicographical_compare(entries_[a].segments, entries_[b].segments, {},
                                                is_name, is_name);
  };
  by_priority_.insert(std::ranges::upper_bound(by_priority_, entries_.size() - 1, is_literal_first),
                      entries_.size() - 1);
}

void Router::add(std::string_view method, std::string_view pattern, Handler handler) {
  add(method, pattern, {}, std::move(handler));
}

/// `/a/b` → `a`, `b`; `/` → one empty segment. `path` begins with `/`.
Router::Segments Router::split(std::string_view path) {
  Segments segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool Router::fits(const Entry& entry, const Segments& path) {
  return std::ranges::equal(entry.segments, path,
                            [](std::string_view wanted, std::string_view segment) {
                              return is_name(wanted) ? !segment.empty() : wanted == segment;
                            });
}

Router::Match Router::take(const Entry& entry, const Segments& path) {
  Found found{&entry.route, {}};
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string_view name = entry.segments[i];
    if (!is_name(name)) continue;
    std::optional<std::string> value = percent_decode(path[i]);
    if (!value) return BadEncoding();
    found.segments.emplace_back(name.substr(1, name.size() - 2), std::move(*value));
  }
  return found;
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  if (method == "HEAD") method = "GET";
  const Segments segments = split(path);
  bool seen = false;
  for (const std::size_t index : by_priority_) {
    const Entry& entry = entries_[index];
    if (entry.segments.size() != segments.size() || !fits(entry, segments)) continue;
    if (entry.route.method == method) return take(entry, segments);
    seen = true;
  }
  if (seen) return WrongMethod{allow(path)};
  return NoSuchRoute();
}

std::string Router::allow(std::string_view path) const {
  const Segments segments = split(path);
  std::vector<std::string_view> methods;
  for (const Entry& entry : entries_) {
    if (!fits(entry, segments)) continue;
    methods.push_back(entry.route.method);
    if (entry.route.method == "GET") methods.emplace_back("HEAD");
  }
  if (methods.empty()) return {};
  methods.emplace_back("OPTIONS");
  std::ranges::sort(methods);
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  std::string list;
  for (const std::string_view method : methods) {
    list.append(list.empty() ? "" : ", ").append(method);
  }
  return list;
}

std::vector<Route> Router::routes() const {
  std::vector<Route> routes;
  for (const Entry& entry : entries_) routes.push_back(entry.route);
  return routes;
}

}  // namespace flashpoll::http
