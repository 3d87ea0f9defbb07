#include "query/history.h"

#include <algorithm>
#include <string>

#include "infra/json/writer.h"
#include "infra/runtime/time.h"

namespace flashpoll::query {

namespace {

constexpr std::int64_t kSecondMs = 1000;

struct Range {
  events::TimeMs from = 0;
  std::int64_t width_ms = 0;
  std::int64_t count = 0;
};

/// The windows that can hold entries: those before the opening and after the latest entry are left
/// out, but where a window begins is counted from `from`.
Range range_of(const WindowsQuery& query, const PollRow& poll) {
  Range range;
  const events::TimeMs from = query.from.value_or(poll.opened_at);
  range.from = from - from % kSecondMs;
  range.width_ms = query.width_s * kSecondMs;
  if (range.from < poll.opened_at) {
    range.from += (poll.opened_at - range.from) / range.width_ms * range.width_ms;
  }
  const events::TimeMs after_latest = poll.latest.at + 1;
  const events::TimeMs to = std::min(query.to.value_or(after_latest), after_latest);
  if (to > range.from) range.count = (to - range.from - 1) / range.width_ms + 1;
  return range;
}

using Totals = std::pair<std::uint64_t, std::uint64_t>;

/// Totals at each of the range's bounds; those beyond the latest entry are the latest ones.
std::vector<Totals> totals_of(ReadTables& tables, const PollRow& poll, const Range& range) {
  const events::TimeMs end = range.from + range.count * range.width_ms;
  auto totals = tables.totals_before(poll.settings.poll, range.from, end, range.width_ms);
  for (std::size_t i = 0; i < totals.size(); ++i) {
    const events::TimeMs bound = range.from + static_cast<std::int64_t>(i) * range.width_ms;
    if (bound > poll.latest.at) totals[i] = {poll.latest.counted, poll.latest.voided};
  }
  return totals;
}

std::string body_of(const PollRow& poll, const Range& range, const std::vector<Totals>& totals) {
  std::string body;
  json::Writer out(body);
  out.begin_object().member("poll", poll.settings.poll);
  out.member("seq", poll.latest.seq.value).member("width", range.width_ms / kSecondMs);
  out.key("windows").begin_array();
  for (std::int64_t i = 0; i < range.count; ++i) {
    const Totals& before = totals[static_cast<std::size_t>(i)];
    const Totals& after = totals[static_cast<std::size_t>(i + 1)];
    if (before == after) continue;
    out.begin_object().member("at", runtime::format_time(range.from + i * range.width_ms));
    out.member("counted", after.first - before.first);
    out.member("void", after.second - before.second).end_object();
  }
  out.end_array().end_object();
  return body;
}

}  // namespace

Reply windows(ReadTables& tables, const WindowsQuery& query, const Look& look) {
  auto seen = see(tables, query.poll, look);
  if (auto* refused = std::get_if<Refused>(&seen)) return std::move(*refused);
  const auto& poll = std::get<SeenPoll>(seen);
  if (poll.withheld != Withheld::no) return Refused{events::Refusal::withheld};
  const Range range = range_of(query, poll.row);
  if (range.count > kMaxWindows) {
    return Refused{events::Refusal::bad_request,
                   "These are more than " + std::to_string(kMaxWindows) +
                       " windows; ask for wider ones, or for less time."};
  }
  const auto totals = totals_of(tables, poll.row, range);
  return http::Response{200, "application/json", body_of(poll.row, range, totals),
                        cache_headers(poll, false)};
}

}  // namespace flashpoll::query
