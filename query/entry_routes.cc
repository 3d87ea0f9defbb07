#include "infra/json/json.h"
#include "query/entries.h"
#include "query/exports.h"
#include "query/handlers.h"

namespace flashpoll::query {

namespace {

constexpr std::uint64_t kMaxEntries = 500;

/// A value that a parser of `events` knows.
template <class Value>
std::optional<Value> known(Parameters& parameters, std::string_view name,
                           std::optional<Value> (*parse)(std::string_view)) {
  const auto given = parameters.text(name);
  if (!given) return std::nullopt;
  auto value = parse(*given);
  if (!value) parameters.refuse(name, "has a value that does not exist");
  return value;
}

EntriesQuery parse_entries(events::PollId poll, Parameters& parameters) {
  EntriesQuery query;
  EntryFilter& filter = query.filter;
  filter.poll = poll;
  filter.descending = parameters.one_of("order", {"asc", "desc"}) == "desc";
  query.after = parameters.seq("after");
  query.limit = static_cast<int>(parameters.integer("limit", 1, kMaxEntries).value_or(100));
  filter.type = known<int>(parameters, "type", events::parse_type);
  if (const auto verdict = parameters.one_of("verdict", {"counted", "void"})) {
    filter.counted = verdict == "counted";
  }
  filter.reason = known<events::Reason>(parameters, "reason", events::parse_reason);
  filter.voter = known<events::VoterTag>(parameters, "voter", events::VoterTag::parse);
  filter.vote_id = known<events::Uuid>(parameters, "vote_id", events::Uuid::parse_any_case);
  if (filter.vote_id && !filter.voter) parameters.refuse("vote_id", "needs voter");
  filter.from = parameters.time("from");
  filter.to = parameters.time("to");
  return query;
}

void get_entries(const Parts& parts, const ExchangePtr& exchange) {
  const auto query = parsed(exchange, parse_entries);
  if (!query) return;
  parts->reads.answer(exchange, [query = *query, exchange,
                                 look = look_of(*parts, exchange->request())](ReadTables& tables) {
    return entries(tables, query, exchange->request().query(), look);
  });
}

void get_entry(const Parts& parts, const ExchangePtr& exchange) {
  const auto poll = parsed_poll(exchange);
  if (!poll) return;
  const auto seq = json::parse_integer(exchange->request().segment("seq"));
  if (!seq) {
    return exchange->answer(problem_of({events::Refusal::no_such_entry}, exchange->request()));
  }
  parts->reads.answer(exchange, [poll = *poll, seq = events::Seq(static_cast<std::uint64_t>(*seq)),
                                 look = look_of(*parts, exchange->request())](ReadTables& tables) {
    return entry(tables, poll, seq, look);
  });
}

void get_export(const Parts& parts, const ExchangePtr& exchange, ExportFormat format) {
  const auto poll = parsed_poll(exchange);
  if (!poll) return;
  export_entries(parts->reads, exchange, *poll, format, look_of(*parts, exchange->request()));
}

}  // namespace

void add_entry_routes(http::Router& router, const Parts& parts) {
  router.add("GET", "/v1/polls/{id}/entries",
             [parts](const ExchangePtr& exchange) { get_entries(parts, exchange); });
  router.add("GET", "/v1/polls/{id}/entries/{seq}",
             [parts](const ExchangePtr& exchange) { get_entry(parts, exchange); });
  router.add("GET", "/v1/polls/{id}/export.ndjson", [parts](const ExchangePtr& exchange) {
    get_export(parts, exchange, ExportFormat::ndjson);
  });
  router.add("GET", "/v1/polls/{id}/export.csv", [parts](const ExchangePtr& exchange) {
    get_export(parts, exchange, ExportFormat::csv);
  });
}

}  // namespace flashpoll::query
