#pragma once

#include <memory>
#include <optional>
#include <string>

#include "query/read_tables.h"
#include "query/refused.h"
#include "query/seen.h"

/// `GET /v1/polls/{id}` and `…/results`.
namespace flashpoll::query {

/// Which result; at most one of `seq` and `at`.
struct ResultsQuery {
  events::PollId poll;
  std::optional<events::Seq> seq{};
  std::optional<events::TimeMs> at{};
  std::string if_none_match{};  ///< as sent
};

[[nodiscard]] Reply poll_details(ReadTables& tables, const ResultsQuery& query, const Look& look);
[[nodiscard]] Reply results(ReadTables& tables, const ResultsQuery& query, const Look& look);

/// The latest result as an answer that is ready to be sent.
struct LatestResult {
  events::Seq seq;
  events::TimeMs valid_until = 0;  ///< wall clock: its status is another one from then on
  bool for_all = false;            ///< false: there are no answers, as each viewer has his own
  std::string etag{};
  std::shared_ptr<const http::ReadyResponse> full{};
  std::shared_ptr<const http::ReadyResponse> not_modified{};
};
[[nodiscard]] std::shared_ptr<const LatestResult> latest_result(const SeenPoll& poll);

/// The body of `…/results` for the latest result.
[[nodiscard]] std::string latest_results_body(const SeenPoll& poll);

/// Whether a header `If-None-Match` names this strong tag (RFC 9110 §13.1.2).
[[nodiscard]] bool matches_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace flashpoll::query
