#include "events/slug.h"
#include "infra/http/form.h"
#include "infra/json/json.h"
#include "query/handlers.h"

namespace flashpoll::query {

namespace {

PageRequest page_request(const RouteParts& parts, const http::Request& request) {
  PageRequest page;
  page.name = request.segment("name");
  page.base = base_of(parts, request);
  for (const auto& [name, value] : request.query()) {
    page.query += page.query.empty() ? "?" : "&";
    page.query += http::percent_encode(name) + "=" + http::percent_encode(value);
    if (name == "notice") page.notice = value;
    if (name == "min_seq") {
      if (const auto seq = json::parse_integer(value)) {
        page.min_seq = events::Seq(static_cast<std::uint64_t>(*seq));
      }
    }
  }
  return page;
}

using PageRead = Reply (Pages::*)(ReadTables&, const PageRequest&, const Look&) const;

/// A page of one poll. A link may be opened before the read side knows the poll: it is waited for.
void get_page(const Parts& parts, const ExchangePtr& exchange, PageRead page) {
  const PageRequest request = page_request(*parts, exchange->request());
  const auto poll = events::parse_page_name(request.name);
  if (!poll) return exchange->answer(parts->pages.message(events::Refusal::no_such_poll));
  const auto read = [parts, request, page, look = look_of(*parts, exchange->request())](
                        ReadTables& tables) { return (parts->pages.*page)(tables, request, look); };
  const auto refuse = [parts](const Refused& refused, const http::Request&) {
    return parts->pages.message(refused.refusal);
  };
  parts->reads.answer_patiently(exchange, {*poll, request.min_seq}, read, refuse);
}

}  // namespace

void add_page_routes(http::Router& router, const Parts& parts) {
  const auto add = [&](const char* pattern, auto handler) { router.add("GET", pattern, handler); };
  add("/", [parts](const ExchangePtr& exchange) { exchange->answer(parts->pages.open()); });
  add("/how", [parts](const ExchangePtr& exchange) { exchange->answer(parts->pages.how()); });
  add("/p/{name}",
      [parts](const ExchangePtr& exchange) { get_page(parts, exchange, &Pages::vote); });
  add("/manage/{name}",
      [parts](const ExchangePtr& exchange) { get_page(parts, exchange, &Pages::manage); });
  add("/assets/{name}", [parts](const ExchangePtr& exchange) {
    exchange->answer(parts->pages.asset(exchange->request().segment("name")));
  });
  add("/problems/{code}", [parts](const ExchangePtr& exchange) {
    exchange->answer(parts->pages.problem(exchange->request().segment("code")));
  });
}

}  // namespace flashpoll::query
