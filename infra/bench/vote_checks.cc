#include "infra/bench/vote_checks.h"

#include <fmt/format.h>

#include <stdexcept>

namespace flashpoll::bench {

void check_votes(Report& report, Site& site, std::uint64_t answered, std::uint64_t before) {
  const std::uint64_t found = counted_votes(*site.open_ledger()) - before;
  if (found < answered) {
    throw std::runtime_error(
        fmt::format("{} votes were answered 201, the ledger holds {}", answered, found));
  }
  report.fact("votes answered", std::to_string(answered));
  report.fact("votes in the ledger", std::to_string(found));
  const auto projector = site.launch("projector");
  site.wait_ready(*projector, std::chrono::minutes(10));
  projector->process.end();
  const Site::Ran verified = site.operate({"verify"});
  if (verified.code != 0) throw std::runtime_error("verify found: " + verified.output);
  report.fact("verify", "equal");
}

}  // namespace flashpoll::bench
