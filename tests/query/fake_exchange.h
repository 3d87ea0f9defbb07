#pragma once

#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infra/http/router.h"

/// Requests to a router without sockets.
namespace flashpoll::query::test {

struct Answer {
  int status = 0;
  std::string body;
  std::vector<http::Header> headers;
  std::optional<http::BodySource> source;  ///< of a stream; `get` has pulled it
  bool broken_off = false;                 ///< a stream that did not end

  [[nodiscard]] std::string header(std::string_view name) const;
};

/// A GET, routed and answered. Waits at most 10 s. `target` is path and query, encoded.
[[nodiscard]] Answer get(const http::Router& router, std::string_view target,
                         std::vector<http::Header> headers = {});

/// Of a stream that was begun: its next piece, then all that is left.
[[nodiscard]] std::string next_piece(Answer& answer);
[[nodiscard]] std::string rest_of(Answer& answer);

/// The same, on its way: for requests that wait.
[[nodiscard]] std::future<Answer> begin_get(const http::Router& router, std::string_view target,
                                            std::vector<http::Header> headers = {});

}  // namespace flashpoll::query::test
