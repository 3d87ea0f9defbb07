#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "infra/app/settings.h"
#include "infra/runtime/finding.h"

/// `flashpoll doctor`, the part that judges and writes: no I/O. What is measured comes from
/// `doctor_probe.h`.
namespace flashpoll::app {

/// A line per finding with its mend below, and how many of each kind.
[[nodiscard]] std::string doctor_text(const runtime::Findings& findings);
/// `{"checks":[{"name","state","text","mend"}],"ok":1,"warn":0,"fail":0}`; no `mend` where there is
/// none.
[[nodiscard]] std::string doctor_json(const runtime::Findings& findings);

/// Permission bits of the file with the secret.
[[nodiscard]] runtime::Finding judge_secret_mode(const std::string& path, unsigned mode);
/// Fingerprints as bytes; `stored` is the deployment's, which gets one at its first start.
[[nodiscard]] runtime::Finding judge_fingerprint(std::string_view ours,
                                                 const std::optional<std::string>& stored);
[[nodiscard]] runtime::Finding judge_public_url(const Settings& settings);
[[nodiscard]] runtime::Finding judge_proxies(const Settings& settings);
/// How many descriptors a process may open at most.
[[nodiscard]] runtime::Finding judge_descriptors(std::uint64_t limit);

/// `ahead_ms`: how far this machine's clock is ahead of the database's, as seen over a round trip
/// of twice `uncertainty_ms`.
[[nodiscard]] runtime::Finding judge_clock(std::int64_t ahead_ms, std::int64_t uncertainty_ms);
/// `age_ms`: since the append of the newest record, by this machine's clock; below 0 when that lies
/// ahead. All that can be known of the clock of a ledger that only tells times of records.
[[nodiscard]] runtime::Finding judge_newest_record(std::optional<std::int64_t> age_ms);

/// Of PostgreSQL, without those that are reserved for superusers.
[[nodiscard]] runtime::Finding judge_connections(std::int64_t used, std::int64_t most);
[[nodiscard]] runtime::Finding judge_standbys(std::int64_t count);
[[nodiscard]] runtime::Finding judge_disk(const std::string& path, std::uint64_t free_bytes,
                                          std::uint64_t total_bytes);

}  // namespace flashpoll::app
