#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infra/http/http.h"

/// Errors as RFC 9457 says: `application/problem+json`.
namespace flashpoll::http {

struct ProblemError {
  std::string pointer;  ///< RFC 6901, into the request's body
  std::string detail;
};

struct Problem {
  int status = 500;
  std::string_view code;  ///< `type` is `/problems/<code>`
  std::string_view title;
  std::string detail = {};    ///< left out when empty
  std::string instance = {};  ///< left out when empty
  std::vector<ProblemError> errors = {};
  /// Further members: name and JSON.
  std::vector<std::pair<std::string, std::string>> members = {};
  int retry_after_s = 0;  ///< 0: no Retry-After
  std::vector<Header> headers = {};
};

[[nodiscard]] Response to_response(const Problem& problem);

/// The problems that HTTP itself raises, before and around the handlers.
enum class ProtocolProblem : std::uint8_t {
  bad_request,
  too_slow,
  body_too_large,
  target_too_long,
  headers_too_large,
  no_such_route,
  method_not_allowed,
  not_json,
  upgrade_required,
  overloaded,
  not_ready,
  internal,
};

struct ProtocolProblemInfo {
  ProtocolProblem problem;
  int status;
  std::string_view code;
  std::string_view title;
  std::string_view advice;  ///< one plain sentence: what it means and what to do
  int retry_after_s;
};

[[nodiscard]] const ProtocolProblemInfo& info(ProtocolProblem problem);
/// All of them, for documents and the pages under /problems/.
[[nodiscard]] std::span<const ProtocolProblemInfo> protocol_problems();
/// `upgrade_required` brings its `Upgrade` header along; `Allow` is the caller's.
[[nodiscard]] Response protocol_problem(ProtocolProblem problem, std::string detail = {},
                                        std::vector<Header> headers = {});

}  // namespace flashpoll::http
