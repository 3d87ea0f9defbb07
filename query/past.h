#pragma once

#include <optional>
#include <span>

#include "query/read_tables.h"
#include "query/rows.h"
#include "query/view.h"

/// Results as they were: a kept result and the entries after it.
namespace flashpoll::query {

/// The counts after `entries`, which follow `counts.seq` without a gap. Pure.
[[nodiscard]] Counts counts_after(Counts counts, std::span<const EntryRow> entries);

struct PastResult {
  Counts counts;
  events::TimeMs closes_at = 0;  ///< as it was then
  Status status = Status::open;  ///< at that moment
  bool final = false;
  bool immutable = false;  ///< no later entry can belong to it
};

/// After the entry `seq`, at its time; empty when there is no such entry yet.
[[nodiscard]] std::optional<PastResult> result_at_seq(ReadTables& tables, const PollRow& poll,
                                                      events::Seq seq);
/// After the last entry at or before `at`; empty when the poll was not opened by then. `now`: wall
/// clock, no status is told for a moment beyond it.
[[nodiscard]] std::optional<PastResult> result_at_time(ReadTables& tables, const PollRow& poll,
                                                       events::TimeMs at, events::TimeMs now);

}  // namespace flashpoll::query
