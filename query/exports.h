#pragma once

#include <memory>

#include "query/reads.h"
#include "query/seen.h"

/// `GET /v1/polls/{id}/export.ndjson` and `…/export.csv`: all entries up to the seq that was the
/// latest at the start (header `Export-Seq`), paged by key, so that no read lasts long.
namespace flashpoll::query {

enum class ExportFormat : std::uint8_t { ndjson, csv };

/// Answers the exchange with the stream. Should the read side fail on the way, the stream breaks
/// off instead of ending, so that nobody takes a part for the whole.
void export_entries(const Reads& reads, std::shared_ptr<http::Exchange> exchange,
                    events::PollId poll, ExportFormat format, Look look);

}  // namespace flashpoll::query
