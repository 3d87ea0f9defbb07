#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "infra/app/ingest_window.h"

/// How far an ingestion is, and what came of it, as text. Pure.
namespace flashpoll::app {

/// `██████▌     54 %  1240000 lines, 152000/s, 8 s left`; without a size there is no bar, and no
/// end in sight.
[[nodiscard]] std::string ingest_progress(const IngestTally& tally,
                                          std::optional<std::uint64_t> size_bytes,
                                          std::int64_t elapsed_ms);

/// `3 lines: 1 counted, 1 counted before, 1 refused (already_voted 1)`.
[[nodiscard]] std::string ingest_text(const IngestTally& tally);
/// `{"lines":3,"counted":1,"repeats":1,"refused":1,"codes":{"already_voted":1}}`.
[[nodiscard]] std::string ingest_json(const IngestTally& tally);

}  // namespace flashpoll::app
