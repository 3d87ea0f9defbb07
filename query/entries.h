#pragma once

#include <optional>
#include <span>
#include <string>

#include "query/read_tables.h"
#include "query/refused.h"
#include "query/seen.h"

/// `GET /v1/polls/{id}/entries` and `…/entries/{seq}`: the audit trail.
namespace flashpoll::query {

struct EntriesQuery {
  EntryFilter filter;  ///< its bounds are made from `after`
  std::optional<events::Seq> after{};
  int limit = 100;
};

/// One page. `given`: the parameters as sent, to be repeated in `Link`.
[[nodiscard]] Reply entries(ReadTables& tables, const EntriesQuery& query,
                            std::span<const http::Parameter> given, const Look& look);

/// One entry, with its canonical line.
[[nodiscard]] Reply entry(ReadTables& tables, events::PollId id, events::Seq seq, const Look& look);

}  // namespace flashpoll::query
