#include "query/routes.h"

#include <algorithm>

#include "query/handlers.h"
#include "query/history.h"
#include "query/mine.h"
#include "query/qr.h"

namespace flashpoll::query {

namespace {

using events::PollId;

WindowsQuery parse_windows(PollId poll, Parameters& parameters) {
  WindowsQuery query{.poll = poll};
  query.from = parameters.time("from");
  query.to = parameters.time("to");
  query.width_s = static_cast<std::int64_t>(parameters.integer("width", 1, 3600).value_or(60));
  return query;
}

void get_windows(const Parts& parts, const ExchangePtr& exchange) {
  const auto query = parsed(exchange, parse_windows);
  if (!query) return;
  parts->reads.answer(exchange, [query = *query, look = look_of(*parts, exchange->request())](
                                    ReadTables& tables) { return windows(tables, query, look); });
}

/// Answers a read for which a credential is needed. Failed ones are counted against the caller's
/// address, and too many are turned away.
void answer_holder(const Parts& parts, const ExchangePtr& exchange, Reads::AtLeast at_least,
                   Reads::Read read) {
  const std::string address(exchange->request().client_address());
  http::Limiter& failed = parts->failed_credentials;
  if (!failed.allowed(address)) {
    return exchange->answer(problem_of({events::Refusal::too_many_requests}, exchange->request()));
  }
  parts->reads.answer_at(exchange, at_least, std::move(read),
                         [&failed, address](const Refused& refused, const http::Request& request) {
                           const bool guessed =
                               refused.refusal == events::Refusal::not_owner ||
                               refused.refusal == events::Refusal::credential_invalid;
                           if (guessed) (void)failed.take(address);
                           return problem_of(refused, request);
                         });
}

void get_mine(const Parts& parts, const ExchangePtr& exchange) {
  std::string voter;
  const auto wanted = parsed(exchange, [&](PollId poll, Parameters& parameters) {
    voter = parameters.text("voter").value_or("");
    return Reads::AtLeast{poll, parameters.seq("min_seq")};
  });
  if (!wanted) return;
  Look look = look_of(*parts, exchange->request());
  look.caller.trusted_voter = voter;
  const auto read = [poll = wanted->poll, look = std::move(look)](ReadTables& tables) {
    return votes_mine(tables, poll, look);
  };
  answer_holder(parts, exchange, *wanted, read);
}

void get_codes(const Parts& parts, const ExchangePtr& exchange) {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  const auto poll = parsed(exchange, [&](PollId id, Parameters& parameters) {
    first =
        static_cast<std::uint32_t>(parameters.integer("first", 0, events::kMaxCodes).value_or(0));
    count =
        static_cast<std::uint32_t>(parameters.integer("count", 1, kMaxCodesShown).value_or(100));
    return id;
  });
  if (!poll) return;
  answer_holder(parts, exchange, {*poll},
                [poll = *poll, first, count, look = look_of(*parts, exchange->request())](
                    ReadTables& tables) { return codes(tables, poll, first, count, look); });
}

void get_qr(const Parts& parts, const ExchangePtr& exchange) {
  const auto poll = parsed_poll(exchange);
  if (!poll) return;
  const std::string base = base_of(*parts, exchange->request());
  parts->reads.answer(exchange, [poll = *poll, base, look = look_of(*parts, exchange->request())](
                                    ReadTables& tables) { return qr(tables, poll, base, look); });
}

}  // namespace

void add_poll_routes(http::Router& router, const Parts& parts) {
  const auto add = [&](const char* path, auto handler) {
    router.add("GET", std::string("/v1/polls/{id}") + path,
               [parts, handler](const ExchangePtr& exchange) { handler(parts, exchange); });
  };
  add("/windows", get_windows);
  add("/votes/mine", get_mine);
  add("/codes", get_codes);
  add("/qr.svg", get_qr);
}

std::optional<events::PollId> poll_in_path(const http::Request& request) {
  return PollId::parse(request.segment("id"));
}

Look look_of(const RouteParts& parts, const http::Request& request) {
  return {parts.identity, caller_of(request), parts.clock.wall_ms()};
}

std::string base_of(const RouteParts& parts, const http::Request& request) {
  if (!parts.settings.public_url.empty()) return parts.settings.public_url;
  const std::string_view host = request.header("Host").value_or("");
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
    return std::string_view("-.:[]").find(c) != std::string_view::npos || (c >= '0' && c <= '9') ||
           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  return "http://" + std::string(plain && !host.empty() ? host.substr(0, 255) : "localhost");
}

std::optional<events::PollId> parsed_poll(const ExchangePtr& exchange) {
  return parsed(exchange, [](PollId id, Parameters&) { return id; });
}

void add_routes(http::Router& router, RouteParts parts) {
  const auto shared = std::make_shared<const RouteParts>(std::move(parts));
  add_result_routes(router, shared);
  add_poll_routes(router, shared);
  add_entry_routes(router, shared);
  add_page_routes(router, shared);
}

}  // namespace flashpoll::query
