#pragma once

#include "infra/bench/options.h"
#include "infra/bench/report.h"

/// Each starts what it measures, runs it against its baselines, checks what came of it, and stops
/// all of it. They throw std::runtime_error when what was answered is not in the ledger, or when
/// `verify` finds a difference: then there is no figure.
namespace flashpoll::bench {

[[nodiscard]] Report votes(const Options& options);
[[nodiscard]] Report results(const Options& options);
[[nodiscard]] Report replay(const Options& options);
[[nodiscard]] Report startup(const Options& options);
[[nodiscard]] Report fanout(const Options& options);
[[nodiscard]] Report audit(const Options& options);
[[nodiscard]] Report overload(const Options& options);
[[nodiscard]] Report ingest(const Options& options);

}  // namespace flashpoll::bench
