#include "infra/bench/api.h"
#include "infra/bench/baseline.h"
#include "infra/bench/measure.h"
#include "infra/bench/scenarios.h"
#include "infra/bench/vote_checks.h"
#include "infra/bench/vote_requests.h"
#include "infra/http/client.h"

namespace flashpoll::bench {

namespace {

/// So that the result is one of a poll in use.
constexpr int kVotes = 100;

/// One poll with votes, whose read tables are there.
std::string prepare_poll(Node& command, Node& query) {
  const std::vector<std::string> polls = open_polls(command.port, 1);
  VoteRequests requests(polls, "flash");
  std::int64_t seq = 0;
  for (int i = 0; i < kVotes; ++i) seq = integer_of(ask(command.port, requests.next()), "seq");
  const std::string path = "/v1/polls/" + polls[0] + "/results";
  const http::Client client;
  wait_until("the votes are in the results", std::chrono::seconds(30), [&] {
    const auto answer = client.request("GET", query.url(path + "?min_seq=" + std::to_string(seq)));
    return answer.status == 200;
  });
  return path;
}

}  // namespace

Report results(const Options& options) {
  Report report("results", options);
  Site site(options);
  const auto command = site.start("command");
  const auto projector = site.start("projector");
  const auto query = site.start("query");
  const std::string path = prepare_poll(*command, *query);
  const std::string get = get_request(path);
  const std::string whole = ask(query->port, get);
  const std::string again = get_request(path, "If-None-Match: " + field_of(whole, "ETag") + "\r\n");
  const BaselineServer floor = start_floor(options, site, whole);
  const BaselineServer bare_floor = start_floor(options, site, ask(query->port, again));

  const auto ours = [&](const std::string& text) {
    SameRequest requests(text);
    return measure(options, load_of(options, query->port), requests,
                   {.server = [&] { return usage_of(query->process.pid()); }})
        .figures;
  };
  const auto theirs = [&](const BaselineServer& server, const std::string& text) {
    SameRequest requests(text);
    return measure(options, load_of(options, server.port), requests,
                   {.server = [&] { return server.usage(); }})
        .figures;
  };
  report.alternate({{"flashpoll GET", [&] { return ours(get); }},
                    {"raw epoll GET", [&] { return theirs(floor, get); }},
                    {"flashpoll 304", [&] { return ours(again); }},
                    {"raw epoll 304", [&] { return theirs(bare_floor, again); }}});
  report.ratio("cpu us", "flashpoll GET", "raw epoll GET", at_most(1.45, 1.25));
  report.ratio("cpu us", "flashpoll 304", "raw epoll 304", at_most(1.4, 1.25));
  query->process.end();
  projector->process.end();
  command->process.end();
  check_votes(report, site, kVotes);
  return report;
}

}  // namespace flashpoll::bench
