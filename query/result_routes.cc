#include "query/handlers.h"
#include "query/results.h"

namespace flashpoll::query {

namespace {

using events::PollId;

struct ResultsRequest {
  ResultsQuery query;
  std::optional<events::Seq> min_seq;
  std::string voter;
};

/// What the caller alone is shown, from the tables.
template <class Show>
void answer_shown(const Parts& parts, const ExchangePtr& exchange, const ResultsRequest& wanted,
                  Show show) {
  ResultsQuery query = wanted.query;
  query.if_none_match = exchange->request().header("If-None-Match").value_or("");
  Look look = look_of(*parts, exchange->request());
  look.caller.trusted_voter = wanted.voter;
  const auto read = [query = std::move(query), look = std::move(look), show](ReadTables& tables) {
    return show(tables, query, look);
  };
  parts->reads.answer_at(exchange, {wanted.query.poll, wanted.min_seq}, read);
}

/// Whether this is an answer to what was asked for.
bool serves(const LatestResult& latest, const ResultsRequest& wanted) {
  return latest.for_all && latest.seq >= wanted.min_seq.value_or(events::Seq());
}

void answer_ready(const ExchangePtr& exchange, const LatestResult& latest) {
  const auto has = exchange->request().header("If-None-Match");
  const bool is_same = has && matches_etag(*has, latest.etag);
  exchange->answer_ready(is_same ? latest.not_modified : latest.full);
}

void answer_found(const Parts& parts, const ExchangePtr& exchange, const ResultsRequest& wanted,
                  const LatestResults::Found& found) {
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return exchange->answer(problem_of(*refused, exchange->request()));
  }
  if (const auto* fault = std::get_if<std::exception_ptr>(&found)) {
    return exchange->answer(problem_of_fault(*fault, exchange->request()));
  }
  const auto& latest = std::get<LatestResults::Result>(found);
  if (serves(*latest, wanted)) return answer_ready(exchange, *latest);
  answer_shown(parts, exchange, wanted, results);
}

void answer_latest(const Parts& parts, const ExchangePtr& exchange, const ResultsRequest& wanted) {
  const PollId poll = wanted.query.poll;
  const LatestResults::Result known = parts->latest.find(poll);
  if (known && serves(*known, wanted)) return answer_ready(exchange, *known);
  if (known && !known->for_all) return answer_shown(parts, exchange, wanted, results);
  const auto found = [parts, exchange, wanted](const LatestResults::Found& what) {
    answer_found(parts, exchange, wanted, what);
  };
  parts->reads.when_reached(exchange, {poll, wanted.min_seq},
                            [parts, poll, found] { parts->latest.read(poll, found); });
}

void get_poll(const Parts& parts, const ExchangePtr& exchange) {
  const auto parse = [](PollId poll, Parameters& parameters) {
    return ResultsRequest{
        .query = {.poll = poll}, .min_seq = parameters.seq("min_seq"), .voter = ""};
  };
  const auto wanted = parsed(exchange, parse);
  if (wanted) answer_shown(parts, exchange, *wanted, poll_details);
}

void get_results(const Parts& parts, const ExchangePtr& exchange) {
  const auto parse = [](PollId poll, Parameters& parameters) {
    ResultsRequest wanted{
        .query = {.poll = poll}, .min_seq = parameters.seq("min_seq"), .voter = ""};
    wanted.query.seq = parameters.seq("seq");
    wanted.query.at = parameters.time("at");
    if (wanted.query.seq && wanted.query.at) parameters.refuse("at", "excludes seq");
    wanted.voter = parameters.text("voter").value_or("");
    return wanted;
  };
  const auto wanted = parsed(exchange, parse);
  if (!wanted) return;
  if (wanted->query.seq || wanted->query.at) {
    return answer_shown(parts, exchange, *wanted, results);
  }
  answer_latest(parts, exchange, *wanted);
}

}  // namespace

void add_result_routes(http::Router& router, const Parts& parts) {
  router.add("GET", "/v1/polls/{id}",
             [parts](const ExchangePtr& exchange) { get_poll(parts, exchange); });
  router.add("GET", "/v1/polls/{id}/results",
             [parts](const ExchangePtr& exchange) { get_results(parts, exchange); });
}

}  // namespace flashpoll::query
