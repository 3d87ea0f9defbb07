#pragma once

#include <cstdint>
#include <string_view>

#include "query/rows.h"

/// What of a poll is shown, and to whom. Pure; every path asks here: results, entries, exports,
/// windows, pages and live frames.
namespace flashpoll::query {

enum class Status : std::uint8_t {
  scheduled,  ///< not yet open
  open,
  closing,  ///< past `closes_at`, the closing entry is not there yet
  closed,   ///< by an entry: the result is final
  parked,   ///< stopped at a record that this build cannot read
};
[[nodiscard]] std::string_view name(Status status);

/// `now`: wall clock. It moves a poll from scheduled to open to closing; only an entry closes it.
[[nodiscard]] Status status_of(const PollRow& poll, events::TimeMs now);
/// When the clock alone changes it next; `kMaxTimeMs`: never.
[[nodiscard]] events::TimeMs status_until(const PollRow& poll, events::TimeMs now);

/// Nothing will change the result any more: closed by an entry, and not parked.
[[nodiscard]] bool is_final(const PollRow& poll);

enum class Withheld : std::uint8_t { no, after_close, after_vote };
/// "after_close", "after_vote"; empty for `no`.
[[nodiscard]] std::string_view name(Withheld withheld);

/// Whether the counts, and the content of votes, are kept from a viewer. `has_voted`: a ballot of
/// the viewer's credential stands. The closing entry ends it for all, the clock does not; the owner
/// is a viewer like any other.
[[nodiscard]] Withheld withheld_from(const PollRow& poll, bool has_voted);

/// Whether a viewer's credential needs to be looked up for `withheld_from`.
[[nodiscard]] bool depends_on_viewer(const PollRow& poll);

}  // namespace flashpoll::query
