#include "query/refused.h"

#include "infra/http/problem.h"

namespace flashpoll::query {

http::Response to_response(const Refused& refused, std::string_view instance) {
  const events::RefusalInfo& info = events::info(refused.refusal);
  http::Problem problem;
  problem.status = info.status;
  problem.code = info.code;
  problem.title = info.title;
  problem.detail = refused.detail.empty() ? info.advice : refused.detail;
  problem.instance = instance;
  problem.retry_after_s = info.retry_after_s;
  if (refused.latest) {
    problem.members.emplace_back("latest", std::to_string(refused.latest->value));
  }
  if (refused.refusal == events::Refusal::credential_missing) {
    problem.headers.emplace_back("WWW-Authenticate", refused.challenge);
  }
  problem.headers.emplace_back("Cache-Control", "no-store");
  return http::to_response(problem);
}

}  // namespace flashpoll::query
