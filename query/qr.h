#pragma once

#include <string>

#include "query/read_tables.h"
#include "query/refused.h"
#include "query/seen.h"

namespace flashpoll::query {

/// A QR code (ISO/IEC 18004, error correction M) of `text` as an SVG picture, black on white with
/// the quiet zone of four modules. `text` is short enough for a code: at most 2 000 bytes.
[[nodiscard]] std::string qr_svg(const std::string& text);

/// `GET /v1/polls/{id}/qr.svg`: the link to the poll's page below `base`.
[[nodiscard]] Reply qr(ReadTables& tables, events::PollId id, const std::string& base,
                       const Look& look);

}  // namespace flashpoll::query
