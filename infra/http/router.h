#pragma once

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "infra/http/http.h"

namespace flashpoll::http {

struct RouteOptions {
  std::size_t body_limit = 256 * 1024;
  /// Media types that a body may have, without parameters; none: any. Other bodies are 415.
  std::vector<std::string> media_types = {};
  /// The body is not read before the handler is called, which may `open_body`; it has no limit.
  bool streamed_body = false;
};

struct Route {
  std::string method;
  std::string pattern;
  RouteOptions options;
  Handler handler;
};

/// Which handler answers which path. Filled once, then read by every I/O thread.
///
///   router.add("POST", "/v1/polls/{id}/votes", {.media_types = {"application/json"}}, cast_vote);
///
/// `{name}` takes one whole segment that is not empty. Matching is exact: case matters, a trailing
/// slash is another path. A literal segment wins over `{name}`. Each GET answers HEAD too.
class Router {
 public:
  /// A route added twice, or a malformed pattern, is a bug.
  void add(std::string_view method, std::string_view pattern, RouteOptions options,
           Handler handler);
  void add(std::string_view method, std::string_view pattern, Handler handler);

  struct Found {
    const Route* route;
    std::vector<Parameter> segments;  ///< `{name}` → percent-decoded value
  };
  struct NoSuchRoute {};
  struct WrongMethod {
    std::string allow;  ///< for `Allow`: `GET, HEAD, OPTIONS`
  };
  struct BadEncoding {};  ///< a segment that is not percent-encoded UTF-8
  using Match = std::variant<Found, NoSuchRoute, WrongMethod, BadEncoding>;

  /// `path` as sent, without the query.
  [[nodiscard]] Match match(std::string_view method, std::string_view path) const;
  /// Value of `Allow` for a path; empty when there is no such path.
  [[nodiscard]] std::string allow(std::string_view path) const;
  /// In the order added, to compare with the documents.
  [[nodiscard]] std::vector<Route> routes() const;

 private:
  /// Of a path: more than any route has is rare.
  using Segments = boost::container::small_vector<std::string_view, 8>;
  struct Entry {
    Route route;
    std::vector<std::string> segments;
  };
  [[nodiscard]] static Segments split(std::string_view path);
  [[nodiscard]] static bool fits(const Entry& entry, const Segments& path);
  [[nodiscard]] static Match take(const Entry& entry, const Segments& path);

  std::vector<Entry> entries_;            ///< in the order added
  std::vector<std::size_t> by_priority_;  ///< literals before `{name}`, leftmost first
};

}  // namespace flashpoll::http
