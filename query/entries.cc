#include "query/entries.h"

#include <algorithm>

#include "infra/http/form.h"
#include "infra/json/writer.h"
#include "query/bodies.h"

namespace flashpoll::query {

namespace {

using events::Seq;

/// Narrows the bounds to what `after` and the times leave; empty when nothing is left.
std::optional<EntryFilter> bounded(ReadTables& tables, const EntriesQuery& query,
                                   const PollRow& poll) {
  EntryFilter filter = query.filter;
  filter.first = Seq(0);
  filter.last = poll.latest.seq;
  if (query.after && filter.descending) {
    if (query.after->value == 0) return std::nullopt;
    filter.last = std::min(filter.last, Seq(query.after->value - 1));
  } else if (query.after) {
    filter.first = Seq(query.after->value + 1);
  }
  if (filter.from) {
    const auto before = tables.history_before(filter.poll, *filter.from);
    if (before) filter.first = std::max(filter.first, Seq(before->seq.value + 1));
  }
  if (filter.to) {
    const auto beyond = tables.history_from(filter.poll, *filter.to);
    if (beyond) filter.last = std::min(filter.last, beyond->seq);
  }
  return filter.first <= filter.last ? std::optional(filter) : std::nullopt;
}

struct Page {
  std::vector<EntryRow> entries;
  std::optional<Seq> next;
};

Page read_page(ReadTables& tables, const EntriesQuery& query, const PollRow& poll) {
  const auto filter = bounded(tables, query, poll);
  if (!filter) return {};
  // One more than asked for tells whether there is a next page.
  EntryPage read = tables.entries(*filter, query.limit + 1);
  Page page{std::move(read.entries), read.examined_to};
  if (static_cast<int>(page.entries.size()) > query.limit) {
    page.entries.pop_back();
    page.next = page.entries.back().seq;
  }
  return page;
}

std::string link_to_next(events::PollId poll, std::span<const http::Parameter> given, Seq next) {
  std::string link = "</v1/polls/" + poll.text() + "/entries?";
  for (const auto& [name, value] : given) {
    if (name != "after") link += name + "=" + http::percent_encode(value) + "&";
  }
  return link + "after=" + std::to_string(next.value) + ">; rel=\"next\"";
}

EntryShape shape_of(const SeenPoll& poll, EntryShape shown) {
  return poll.withheld == Withheld::no ? shown : EntryShape::withheld;
}

std::string body_of(const SeenPoll& poll, const Page& page) {
  std::string body = "{\"entries\":[";
  for (const EntryRow& row : page.entries) {
    if (body.back() == '}') body.push_back(',');
    append_entry(body, poll.id(), row, shape_of(poll, EntryShape::full));
  }
  body += "]";
  if (page.next) body += ",\"next\":" + std::to_string(page.next->value);
  return body + "}";
}

}  // namespace

Reply entries(ReadTables& tables, const EntriesQuery& query, std::span<const http::Parameter> given,
              const Look& look) {
  auto seen = see(tables, query.filter.poll, look);
  if (auto* refused = std::get_if<Refused>(&seen)) return std::move(*refused);
  const auto& poll = std::get<SeenPoll>(seen);
  const Page page = read_page(tables, query, poll.row);
  http::Response response{200, "application/json", body_of(poll, page), cache_headers(poll, false)};
  if (page.next) {
    response.headers.emplace_back("Link", link_to_next(poll.id(), given, *page.next));
  }
  return response;
}

Reply entry(ReadTables& tables, events::PollId id, Seq seq, const Look& look) {
  auto seen = see(tables, id, look);
  if (auto* refused = std::get_if<Refused>(&seen)) return std::move(*refused);
  const auto& poll = std::get<SeenPoll>(seen);
  const auto row = tables.entry(id, seq);
  if (!row) return Refused{events::Refusal::no_such_entry};
  std::string body;
  append_entry(body, id, *row, shape_of(poll, EntryShape::with_line));
  return http::Response{200, "application/json", std::move(body), cache_headers(poll, true)};
}

}  // namespace flashpoll::query
