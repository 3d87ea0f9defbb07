#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "infra/archive/archive.h"
#include "infra/archive/zstd_stream.h"
#include "infra/ledger/ledger.h"

namespace flashpoll::app {

/// Called now and then: what is under way, the records done, and how many there are.
using TransferProgress =
    std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

/// How many records come between two calls.
inline constexpr std::uint64_t kProgressRecords = 1'000;

/// Writes all records up to the ends as of the call: those with a verdict to be imported, strays to
/// be seen. `key_fingerprint`: of the secret that this ledger's polls were opened with. Throws
/// Corrupt, naming the polls, when one is parked at a record that this build cannot read: what was
/// written until then is no archive. Else throws what the ledger and the sink throw. One thread.
archive::Summary export_ledger(ledger::Ledger& ledger, const std::string& key_fingerprint,
                               const archive::Sink& sink, const TransferProgress& progress);

}  // namespace flashpoll::app
