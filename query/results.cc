#include "query/results.h"

#include "infra/http/head_writer.h"
#include "query/bodies.h"
#include "query/past.h"

namespace flashpoll::query {

namespace {

std::string quoted(const std::string& tag) { return "\"" + tag + "\""; }

/// The body, or 304 when the client has it already.
http::Response tagged(const ResultsQuery& query, const std::string& tag,
                      std::vector<http::Header> headers, std::string body) {
  const std::string etag = quoted(tag);
  headers.emplace_back("ETag", etag);
  if (matches_etag(query.if_none_match, etag)) return {304, "", "", std::move(headers)};
  return {200, "application/json", std::move(body), std::move(headers)};
}

std::string tag_of(events::Seq seq, Status status) {
  return std::to_string(seq.value) + "-" + std::string(name(status));
}

std::string latest_tag(const SeenPoll& poll) {
  const std::string tag = tag_of(poll.row.latest.seq, poll.status);
  return poll.withheld == Withheld::no ? tag : tag + "-withheld";
}

http::Response latest_response(const ResultsQuery& query, const SeenPoll& poll) {
  return tagged(query, latest_tag(poll), cache_headers(poll, false), latest_results_body(poll));
}

Reply past_results(ReadTables& tables, const ResultsQuery& query, const SeenPoll& poll,
                   events::TimeMs now) {
  if (poll.withheld != Withheld::no) return Refused{events::Refusal::withheld};
  const auto past = query.seq ? result_at_seq(tables, poll.row, *query.seq)
                              : result_at_time(tables, poll.row, *query.at, now);
  if (!past) return Refused{events::Refusal::no_such_entry};
  const ResultView view{past->counts, past->status, past->final, past->closes_at, Withheld::no};
  return tagged(query, tag_of(past->counts.seq, past->status) + "-then",
                cache_headers(poll, past->immutable), results_body(poll.row, view));
}

}  // namespace

std::string latest_results_body(const SeenPoll& poll) {
  return results_body(poll.row, {poll.row.latest, poll.status, is_final(poll.row),
                                 poll.row.settings.closes_at, poll.withheld});
}

Reply results(ReadTables& tables, const ResultsQuery& query, const Look& look) {
  auto seen = see(tables, query.poll, look);
  if (auto* refused = std::get_if<Refused>(&seen)) return std::move(*refused);
  const auto& poll = std::get<SeenPoll>(seen);
  if (query.seq || query.at) return past_results(tables, query, poll, look.now);
  return latest_response(query, poll);
}

std::shared_ptr<const LatestResult> latest_result(const SeenPoll& poll) {
  auto result = std::make_shared<LatestResult>();
  result->seq = poll.row.latest.seq;
  result->valid_until = poll.status_until;
  result->for_all = !depends_on_viewer(poll.row);
  if (!result->for_all) return result;
  result->etag = quoted(latest_tag(poll));
  const auto ready = [&](const std::string& if_none_match) {
    const ResultsQuery query{.poll = poll.id(), .if_none_match = if_none_match};
    return std::make_shared<http::ReadyResponse>(
        http::ready_response(latest_response(query, poll)));
  };
  result->full = ready("");
  result->not_modified = ready("*");
  return result;
}

Reply poll_details(ReadTables& tables, const ResultsQuery& query, const Look& look) {
  auto seen = see(tables, query.poll, look);
  if (auto* refused = std::get_if<Refused>(&seen)) return std::move(*refused);
  const auto& poll = std::get<SeenPoll>(seen);
  return tagged(query, tag_of(poll.row.latest.seq, poll.status) + "-poll",
                {{"Cache-Control", "no-cache"}}, poll_body(poll.row, poll.status));
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const std::size_t comma = std::min(if_none_match.find(','), if_none_match.size());
    std::string_view one = if_none_match.substr(0, comma);
    if_none_match.remove_prefix(std::min(comma + 1, if_none_match.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == etag) return true;
  }
  return false;
}

}  // namespace flashpoll::query
