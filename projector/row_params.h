#pragma once

#include <span>
#include <string>
#include <vector>

#include "infra/pg/binary.h"
#include "infra/pg/params.h"
#include "projector/position.h"

/// Rows as parameters and COPY data of the statements in read_sql.h. Pure.
namespace flashpoll::projector {

/// Columns of poll_events and result_history in the order of the COPY data.
inline constexpr std::string_view kEntryColumns =
    "(poll_id, seq, at, type, reason, voter, vote_id, choices, replaces, added, removed, original, "
    "body)";
inline constexpr std::string_view kHistoryColumns =
    "(poll_id, seq, at, votes, voters, counted, voided)";
void add_entry(pg::CopyRows& copy, const EntryRow& row);
void add_history(pg::CopyRows& copy, const ResultRow& row);
/// Poll by poll, as then rows that follow each other have their places in the same index pages.
[[nodiscard]] pg::CopyRows entry_rows(std::span<const Step> steps);
[[nodiscard]] pg::CopyRows history_rows(std::span<const Step> steps);

/// Rows of all steps, ascending by poll. A poll is in one partition, so in one step.
using Results = std::vector<const ResultRow*>;
using Polls = std::vector<const PollRow*>;
[[nodiscard]] Results results_of(std::span<const Step> steps);
[[nodiscard]] Polls polls_of(std::span<const Step> steps);

[[nodiscard]] pg::Params move_params(std::span<const Step> steps, int reader);
[[nodiscard]] pg::Params result_params(const Results& rows);
[[nodiscard]] pg::Params poll_params(const Polls& rows);
[[nodiscard]] pg::Params parked_params(ledger::Partition partition, const ParkedRow& row);
[[nodiscard]] pg::Params stray_params(ledger::Partition partition, std::span<const StrayRow> rows);

}  // namespace flashpoll::projector
