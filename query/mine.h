#pragma once

#include <cstdint>

#include "query/read_tables.h"
#include "query/refused.h"
#include "query/seen.h"

/// What only the holder of a credential may read: his own ballot, a poll's one-time codes.
namespace flashpoll::query {

/// `GET /v1/polls/{id}/votes/mine`: the receipt of the caller's standing ballot.
[[nodiscard]] Reply votes_mine(ReadTables& tables, events::PollId id, const Look& look);

inline constexpr std::uint32_t kMaxCodesShown = 10'000;

/// `GET /v1/polls/{id}/codes`: those of the issued codes that begin at `first`; for the owner.
[[nodiscard]] Reply codes(ReadTables& tables, events::PollId id, std::uint32_t first,
                          std::uint32_t count, const Look& look);

}  // namespace flashpoll::query
