#include "command/refusal_response.h"

#include "command/receipt_json.h"

namespace flashpoll::command {

http::Response to_response(const Rejection& rejection) {
  const events::RefusalInfo& info = events::info(rejection.refusal);
  http::Problem problem{.status = info.status, .code = info.code, .title = info.title};
  problem.detail = rejection.detail.empty() ? std::string(info.advice) : rejection.detail;
  problem.retry_after_s = info.retry_after_s;
  problem.members = rejection.members;
  for (const json::FieldError& error : rejection.errors) {
    problem.errors.push_back({error.pointer, error.detail});
  }
  if (info.status == 401) {
    problem.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"flashpoll\"");
  }
  return http::to_response(problem);
}

http::Response to_response(const Refused& refused) {
  Rejection rejection{refused.refusal};
  if (refused.receipt) rejection.members.emplace_back("receipt", vote_json(*refused.receipt));
  return to_response(rejection);
}

}  // namespace flashpoll::command
