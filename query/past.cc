#include "query/past.h"

#include <algorithm>

#include "infra/runtime/fault.h"

namespace flashpoll::query {

namespace {

/// A result is kept at least this often.
constexpr int kKeptEvery = 1000;

/// As `status_of`, for a moment that has passed.
void set_status(PastResult& result, const PollRow& poll, events::TimeMs at) {
  result.final = poll.closed && *poll.closed <= result.counts.seq;
  if (result.final) {
    result.status = Status::closed;
  } else if (at >= result.closes_at) {
    result.status = Status::closing;
  } else {
    result.status = at < poll.settings.opens_at ? Status::scheduled : Status::open;
  }
}

PastResult past(ReadTables& tables, const PollRow& poll, Counts counts) {
  PastResult result;
  result.counts = std::move(counts);
  result.closes_at = tables.closes_at_seq(poll, result.counts.seq);
  return result;
}

Counts first_kept(const std::optional<Counts>& kept) {
  if (!kept) throw Corrupt("the read tables keep no result of a poll's first entry");
  return *kept;
}

}  // namespace

Counts counts_after(Counts counts, std::span<const EntryRow> entries) {
  for (const EntryRow& entry : entries) {
    for (const std::uint8_t choice : entry.added) ++counts.votes.at(choice);
    for (const std::uint8_t choice : entry.removed) --counts.votes.at(choice);
    // Only a ballot adds, and every ballot that no longer stands is removed.
    if (!entry.added.empty()) ++counts.voters;
    if (!entry.removed.empty()) --counts.voters;
    ++(entry.reason == events::Reason::none ? counts.counted : counts.voided);
    counts.seq = entry.seq;
    counts.at = entry.at;
  }
  return counts;
}

std::optional<PastResult> result_at_seq(ReadTables& tables, const PollRow& poll, events::Seq seq) {
  if (seq > poll.latest.seq) return std::nullopt;
  Counts counts = first_kept(tables.history_at_seq(poll.settings.poll, seq));
  const EntryFilter after{
      .poll = poll.settings.poll, .first = events::Seq(counts.seq.value + 1), .last = seq};
  if (counts.seq < seq) counts = counts_after(counts, tables.entries(after, kKeptEvery).entries);
  PastResult result = past(tables, poll, std::move(counts));
  set_status(result, poll, result.counts.at);
  result.immutable = true;
  return result;
}

std::optional<PastResult> result_at_time(ReadTables& tables, const PollRow& poll, events::TimeMs at,
                                         events::TimeMs now) {
  if (at < poll.opened_at) return std::nullopt;
  Counts counts = first_kept(tables.history_before(poll.settings.poll, at + 1));
  const EntryFilter after{.poll = poll.settings.poll,
                          .first = events::Seq(counts.seq.value + 1),
                          .last = events::Seq(counts.seq.value + kKeptEvery),
                          .to = at + 1};
  counts = counts_after(counts, tables.entries(after, kKeptEvery).entries);
  PastResult result = past(tables, poll, std::move(counts));
  set_status(result, poll, std::min(at, std::max(now, poll.latest.at)));
  result.immutable = poll.latest.at > at;
  return result;
}

}  // namespace flashpoll::query
