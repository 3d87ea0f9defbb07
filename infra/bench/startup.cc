#include <stdexcept>

#include "events/snapshot.h"
#include "infra/bench/load.h"
#include "infra/bench/long_ledger.h"
#include "infra/bench/scenarios.h"
#include "infra/crypto/hash.h"
#include "infra/runtime/thread.h"
#include "projector/ports.h"

namespace flashpoll::bench {

namespace {

/// Whether the snapshots are there at a start.
enum class Snapshots : std::uint8_t { kept, gone };

/// Records that the newest snapshot covers.
std::int64_t covered(pg::Connection& connection) {
  const pg::Result newest =
      connection.exec("SELECT manifest FROM checkpoints.manifests ORDER BY version DESC LIMIT 1",
                      {}, pg::Format::binary);
  if (newest.rows() == 0) return 0;
  events::Problem problem;
  const auto manifest = events::parse_manifest(newest.bytes(0, 0), crypto::sha256, problem);
  if (!manifest) throw std::runtime_error(problem);
  std::int64_t records = 0;
  for (const auto& position : manifest->partitions) records += position.needed_from;
  return records;
}

/// A projector at the end of the ledger has one that covers all but `snapshot_after` records; it
/// is written beside the work, or, of a small ledger, at the stop.
void wait_for_snapshot(Site& site, std::int64_t records) {
  const auto after = static_cast<std::int64_t>(projector::ProjectorSettings().snapshot_after);
  pg::Connection connection(site.database());
  const Time until = std::chrono::steady_clock::now() + std::chrono::minutes(5);
  while (covered(connection) < records - after) {
    if (std::chrono::steady_clock::now() > until) {
      throw std::runtime_error("the projector has left no snapshot of the ledger's end");
    }
    runtime::pause({}, std::chrono::milliseconds(100));
  }
}

void keep_snapshots(Site& site) {
  pg::Connection connection(site.database());
  if (covered(connection) == 0) throw std::runtime_error("the projector has left no snapshot");
  connection.exec(
      "CREATE TABLE kept_manifests AS TABLE checkpoints.manifests;"
      "CREATE TABLE kept_parts AS TABLE checkpoints.parts");
}

void put_snapshots(Site& site, Snapshots snapshots) {
  pg::Connection connection(site.database());
  connection.exec("TRUNCATE checkpoints.manifests, checkpoints.parts");
  if (snapshots == Snapshots::gone) return;
  connection.exec(
      "INSERT INTO checkpoints.parts TABLE kept_parts;"
      "INSERT INTO checkpoints.manifests TABLE kept_manifests");
}

/// All roles, from the start of the process until it is ready.
Figures start_once(const Options& options, Site& site, Snapshots snapshots) {
  put_snapshots(site, snapshots);
  const Time begin = std::chrono::steady_clock::now();
  const auto node = site.launch("all");
  site.wait_ready(*node, std::chrono::hours(1));
  const double seconds = seconds_between(begin, std::chrono::steady_clock::now());
  const Usage usage = usage_of(node->process.pid());
  node->process.end();
  return {{"s", seconds},
          {"s for 10 M", seconds * 1e7 / static_cast<double>(options.records)},
          {"cpu s", usage.cpu_seconds},
          {"rss mb", usage.rss_mb}};
}

}  // namespace

Report startup(const Options& options) {
  Report report("startup", options);
  Site site(options);
  fill_ledger(options, site);
  const auto projector = site.launch("projector");
  site.wait_ready(*projector, std::chrono::hours(1));
  wait_for_snapshot(site, static_cast<std::int64_t>(options.records));
  projector->process.end();
  keep_snapshots(site);
  report.alternate({{"from a snapshot", [&] { return start_once(options, site, Snapshots::kept); }},
                    {"cold", [&] { return start_once(options, site, Snapshots::gone); }}});
  report.absolute("s for 10 M", "from a snapshot", at_most(5, 2));
  report.absolute("s for 10 M", "cold", at_most(60, 20));
  report.ratio("s", "from a snapshot", "cold", at_most(1, 0.2));
  const Site::Ran verified = site.operate({"verify"});
  if (verified.code != 0) throw std::runtime_error("verify found: " + verified.output);
  report.fact("records", std::to_string(options.records));
  report.fact("verify", "equal");
  return report;
}

}  // namespace flashpoll::bench
