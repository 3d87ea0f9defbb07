#pragma once

#include <cstdint>
#include <optional>

#include "query/read_tables.h"
#include "query/refused.h"
#include "query/seen.h"

/// `GET /v1/polls/{id}/windows`: entries counted and void per window of time.
namespace flashpoll::query {

struct WindowsQuery {
  events::PollId poll;
  std::optional<events::TimeMs> from{};  ///< default: the opening
  std::optional<events::TimeMs> to{};    ///< exclusive; default: the latest entry's second included
  std::int64_t width_s = 60;
};
inline constexpr std::int64_t kMaxWindows = 10'000;

/// Windows of `width_s` seconds, each named by its begin `at`; those without entries are left out.
/// The first begins at `from`, rounded down to a whole second; the last one holds the moment before
/// `to`, and is whole too. More than `kMaxWindows` are refused.
[[nodiscard]] Reply windows(ReadTables& tables, const WindowsQuery& query, const Look& look);

}  // namespace flashpoll::query
