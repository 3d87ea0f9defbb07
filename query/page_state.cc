#include "query/page_state.h"

#include "events/slug.h"
#include "infra/json/writer.h"
#include "infra/runtime/time.h"
#include "query/bodies.h"
#include "query/results.h"

namespace flashpoll::query {

namespace {

/// `<` occurs in JSON within strings only, where an escape means the same.
std::string safe_in_html(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

std::string page_state(const SeenPoll& poll, std::string_view base, events::TimeMs now,
                       std::string_view mine) {
  const std::string name = events::page_name(poll.row.settings.question, poll.id());
  std::string state;
  json::Writer out(state);
  out.begin_object().member("now", runtime::format_time(now));
  out.member("url", std::string(base) + "/p/" + name);
  out.key("poll").raw(poll_body(poll.row, poll.status));
  out.key("results").raw(latest_results_body(poll));
  if (!mine.empty()) out.key("mine").raw(mine);
  out.end_object();
  return safe_in_html(state);
}

std::string mine_member(const SeenPoll& poll, const std::optional<EntryRow>& standing) {
  if (poll.row.settings.eligibility != events::Eligibility::open) return {};
  if (!standing) return "null";
  if (standing->choices) return receipt_body(poll.id(), *standing);
  return "{\"latest\":" + std::to_string(standing->seq.value) + "}";
}

}  // namespace flashpoll::query
