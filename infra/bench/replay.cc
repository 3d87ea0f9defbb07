#include <stdexcept>

#include "infra/bench/copy_rows.h"
#include "infra/bench/fold_speed.h"
#include "infra/bench/load.h"
#include "infra/bench/long_ledger.h"
#include "infra/bench/scenarios.h"

namespace flashpoll::bench {

namespace {

/// From the start of the process until the read tables hold what the ledger holds.
Figures drain(const Options& options, Site& site) {
  site.restore_database();
  const Usage storage = site.storage_usage();
  const Time begin = std::chrono::steady_clock::now();
  const auto node = site.launch("projector");
  site.wait_ready(*node, std::chrono::hours(1));
  const double seconds = seconds_between(begin, std::chrono::steady_clock::now());
  const Usage usage = usage_of(node->process.pid());
  const auto records = static_cast<double>(options.records);
  Figures figures = {
      {"rate /s", records / seconds},
      {"cpu us", usage.cpu_seconds * 1e6 / records},
      {"storage cpu us", (site.storage_usage().cpu_seconds - storage.cpu_seconds) * 1e6 / records},
      {"rss mb", usage.rss_mb}};
  node->process.end();
  return figures;
}

/// `verify` or `rebuild`; both compare.
Figures refold(const Options& options, const Site& site, const std::vector<std::string>& command) {
  const Site::Ran ran = site.operate(command);
  if (ran.code != 0) throw std::runtime_error(command.front() + " found: " + ran.output);
  const auto records = static_cast<double>(options.records);
  return {{"rate /s", records / ran.seconds},
          {"cpu us", ran.cpu_seconds * 1e6 / records},
          {"s for 10 M", ran.seconds * 1e7 / records}};
}

}  // namespace

Report replay(const Options& options) {
  Report report("replay", options);
  report.alternate({{"fold", [&] { return fold_votes(options); }},
                    {"flat map", [&] { return fill_flat_map(options); }},
                    {"decode and fold", [&] { return decode_and_fold(options); }}});
  report.ratio("rate /s", "fold", "flat map", at_least(0.4, 0.6));
  report.absolute("rate /s", "fold", at_least(3e6, 3e6));
  report.absolute("allocations", "fold", at_most(0.01, 0.001));
  report.absolute("rate /s", "decode and fold", at_least(2e6, 3e6));

  Site site(options);
  fill_ledger(options, site);
  site.keep_database();
  report.alternate(
      {{"projector", [&] { return drain(options, site); }},
       {"COPY", [&] { return copy_vote_rows(options, site, kLongPolls); }},
       {"verify", [&] { return refold(options, site, {"verify"}); }},
       {"verify counts", [&] { return refold(options, site, {"verify", "--counts"}); }},
       {"rebuild", [&] { return refold(options, site, {"rebuild"}); }}});
  report.ratio("rate /s", "projector", "COPY", at_least(0.5, 0.75));
  report.absolute("rate /s", "verify", Goal{});
  report.absolute("rate /s", "verify counts", at_least(0.7e6, 1.5e6));
  report.absolute("s for 10 M", "rebuild", at_most(90, 50));
  report.fact("records", std::to_string(options.records));
  report.fact("verify", "equal");
  return report;
}

}  // namespace flashpoll::bench
