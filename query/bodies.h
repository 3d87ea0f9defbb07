#pragma once

#include <string>

#include "query/rows.h"
#include "query/view.h"

/// Bodies of answers, as the API document shows them. Pure; JSON without white space.
namespace flashpoll::query {

/// A result with what is to be told about its moment.
struct ResultView {
  const Counts& counts;
  Status status = Status::open;
  bool final = false;
  events::TimeMs closes_at = 0;
  Withheld withheld = Withheld::no;
};

[[nodiscard]] std::string results_body(const PollRow& poll, const ResultView& view);

[[nodiscard]] std::string poll_body(const PollRow& poll, Status status);

/// How much of an entry is shown.
enum class EntryShape : std::uint8_t {
  full,       ///< all members
  with_line,  ///< and the canonical line under "entry"
  withheld,   ///< seq, at, type, verdict, reason and voter only
};
void append_entry(std::string& out, events::PollId poll, const EntryRow& entry, EntryShape shape);

/// The entry as an auditor refolds it: time, space, canonical bytes.
[[nodiscard]] std::string canonical_line(events::PollId poll, const EntryRow& entry);

inline constexpr std::string_view kCsvHead =
    "seq,at,type,verdict,reason,voter,vote_id,choices,replaces,added,removed,entry\r\n";
/// One line as in RFC 4180. Lists are joined by spaces.
void append_csv(std::string& out, events::PollId poll, const EntryRow& entry, EntryShape shape);

/// Receipt of a ballot that counted.
[[nodiscard]] std::string receipt_body(events::PollId poll, const EntryRow& entry);

}  // namespace flashpoll::query
