#include "infra/http/problem.h"

#include <algorithm>
#include <array>

#include "infra/json/writer.h"
#include "infra/runtime/check.h"

namespace flashpoll::http {

namespace {

using enum ProtocolProblem;

constexpr std::array<ProtocolProblemInfo, 12> kProblems = {{
    {bad_request, 400, "bad_request", "Malformed request",
     "The request is not proper HTTP/1.1, or its address holds something that cannot be read.", 0},
    {too_slow, 408, "too_slow", "Request came too slowly",
     "The request was not complete in time; send it again.", 0},
    {body_too_large, 413, "body_too_large", "Body too large",
     "The body is larger than this address takes; send less.", 0},
    {target_too_long, 414, "target_too_long", "Address too long",
     "The address and its parameters are longer than this server reads.", 0},
    {headers_too_large, 431, "headers_too_large", "Header fields too large",
     "The header fields are larger than this server reads; deleting cookies may help.", 0},
    {no_such_route, 404, "no_such_route", "No such address",
     "Nothing is served at this address; case and trailing slashes matter.", 0},
    {method_not_allowed, 405, "method_not_allowed", "Method not allowed",
     "The address exists, but not for this method; Allow names those it has.", 0},
    {not_json, 415, "not_json", "Wrong kind of body",
     "The Content-Type of the body is not the one that this address reads.", 0},
    {upgrade_required, 426, "upgrade_required", "WebSocket required",
     "This address speaks WebSocket only; the request must ask for that upgrade.", 0},
    {overloaded, 503, "overloaded", "Overloaded",
     "The server has as much to do as it can take; nothing was done, try again.", 1},
    {not_ready, 503, "not_ready", "Not ready",
     "Something that the server needs does not answer; nothing was done, try again.", 1},
    {internal, 500, "internal", "Internal error",
     "The server met a fault of its own; the operator finds it in the log.", 0},
}};

void write_errors(json::Writer& w, const std::vector<ProblemError>& errors) {
  w.key("errors").begin_array();
  for (const ProblemError& error : errors) {
    w.begin_object().member("pointer", error.pointer).member("detail", error.detail).end_object();
  }
  w.end_array();
}

}  // namespace

Response to_response(const Problem& problem) {
  Response response{.status = problem.status,
                    .content_type = "application/problem+json",
                    .body = {},
                    .headers = problem.headers};
  json::Writer w(response.body);
  w.begin_object();
  w.member("type", "/problems/" + std::string(problem.code));
  w.member("title", problem.title);
  w.member("status", problem.status);
  w.member("code", problem.code);
  if (!problem.detail.empty()) w.member("detail", problem.detail);
  if (!problem.instance.empty()) w.member("instance", problem.instance);
  if (!problem.errors.empty()) write_errors(w, problem.errors);
  for (const auto& [name, value] : problem.members) w.key(name).raw(value);
  w.end_object();
  if (problem.retry_after_s > 0) {
    response.headers.emplace_back("Retry-After", std::to_string(problem.retry_after_s));
  }
  return response;
}

const ProtocolProblemInfo& info(ProtocolProblem problem) {
  const auto found = std::ranges::find(kProblems, problem, &ProtocolProblemInfo::problem);
  FP_CHECK(found != kProblems.end(), "every protocol problem has a row");
  return *found;
}

std::span<const ProtocolProblemInfo> protocol_problems() { return kProblems; }

Response protocol_problem(ProtocolProblem problem, std::string detail,
                          std::vector<Header> headers) {
  const ProtocolProblemInfo& row = info(problem);
  if (problem == upgrade_required) {
    headers.insert(headers.end(), {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}});
  }
  return to_response({.status = row.status,
                      .code = row.code,
                      .title = row.title,
                      .detail = detail.empty() ? std::string(row.advice) : std::move(detail),
                      .retry_after_s = row.retry_after_s,
                      .headers = std::move(headers)});
}

}  // namespace flashpoll::http
