#include <stdexcept>

#include "infra/bench/api.h"
#include "infra/bench/bulk_load.h"
#include "infra/bench/copy_rows.h"
#include "infra/bench/kafka_loops.h"
#include "infra/bench/measure.h"
#include "infra/bench/scenarios.h"
#include "infra/bench/vote_checks.h"

namespace flashpoll::bench {

namespace {

constexpr int kPolls = 50;
constexpr const char* kTogether = "projector keeping up";
constexpr const char* kAlone = "projector afterwards";

class Ingesting {
 public:
  Ingesting(const Options& options, Site& site) : options_(options), site_(site) {}

  /// Streams into a process of this role, which ends afterwards. With `all`: `behind s`, until the
  /// read tables hold what was taken, and `projected /s`, of all lines until then.
  [[nodiscard]] Figures run(const std::string& role) {
    const auto node = site_.launch(role);
    // Behind it lies what the side before left to be projected.
    site_.wait_ready(*node, std::chrono::minutes(5));
    if (polls_.empty()) polls_ = open_polls(node->port, kPolls, "trusted");
    Usage before, after, storage_before, storage_after;
    BulkLoad load{.port = node->port, .token = kIngestToken, .polls = polls_};
    load.seconds = options_.seconds;
    load.discard_seconds = options_.discard_seconds;
    load.at_begin = [&] {
      before = usage_of(node->process.pid());
      storage_before = site_.storage_usage();
    };
    load.at_end = [&] {
      after = usage_of(node->process.pid());
      storage_after = site_.storage_usage();
    };
    const Time begin = std::chrono::steady_clock::now();
    const BulkFigures bulk = stream(load);
    const double share = static_cast<double>(bulk.counted) / static_cast<double>(bulk.sent);
    const double lines = static_cast<double>(bulk.measured) * share;
    Figures figures = {{"rate /s", lines / bulk.measured_seconds}};
    add_usage(figures, before, after, lines);
    figures.emplace_back("storage cpu us",
                         (storage_after.cpu_seconds - storage_before.cpu_seconds) * 1e6 / lines);
    add_latencies(figures, bulk.latencies);
    figures.emplace_back("refused", static_cast<double>(bulk.sent - bulk.counted));
    if (role == "all") {
      figures.emplace_back("behind s", wait_projected());
      const double seconds = seconds_between(begin, std::chrono::steady_clock::now());
      figures.emplace_back("projected /s", static_cast<double>(bulk.counted) / seconds);
    }
    node->process.end();
    return figures;
  }

  [[nodiscard]] std::uint64_t counted() const { return counted_; }

 private:
  BulkFigures stream(const BulkLoad& load) {
    const Pinned here(options_.loader_core());
    BulkFigures bulk = bench::run(load);
    if (bulk.answered != bulk.sent) {
      throw std::runtime_error("of " + std::to_string(bulk.sent) + " lines " +
                               std::to_string(bulk.answered) + " were answered");
    }
    if (bulk.measured == 0) throw std::runtime_error("no line was answered while it was measured");
    counted_ += bulk.counted;
    return bulk;
  }

  double wait_projected() {
    const Time begin = std::chrono::steady_clock::now();
    std::int64_t all = 0;
    for (const ledger::Offset end : site_.open_ledger()->ends(std::chrono::seconds(5))) all += end;
    pg::Connection connection(site_.database());
    const std::string schema(
        connection.exec("SELECT schema_name FROM checkpoints.read_pointer").bytes(0, 0));
    const std::string positions =
        "SELECT coalesce(sum(next_offset), 0)::bigint FROM " + schema + ".positions";
    wait_until("the read tables are there", std::chrono::minutes(10),
               [&] { return connection.exec(positions).integer(0, 0) >= all; });
    return seconds_between(begin, std::chrono::steady_clock::now());
  }

  const Options& options_;
  Site& site_;
  std::vector<std::string> polls_;
  std::uint64_t counted_ = 0;
};

}  // namespace

Report ingest(const Options& options) {
  Report report("ingest", options);
  Site site(options);
  Ingesting ingesting(options, site);
  const Side together{kTogether, [&] { return ingesting.run("all"); }};
  const Side alone{kAlone, [&] { return ingesting.run("command"); }};
  const char* theirs = options.kafka ? "bare produce" : "COPY";
  if (options.kafka) {
    const KafkaLoops kafka(site.kafka());
    report.alternate({together, alone, {theirs, [&] { return kafka.produce(options); }}});
  } else {
    report.alternate(
        {together, alone, {theirs, [&] { return copy_vote_rows(options, site, kPolls); }}});
  }
  report.ratio("rate /s", kAlone, theirs, options.kafka ? at_least(0.3, 0.5) : Goal{});
  report.absolute("rate /s", kTogether, Goal{});
  report.absolute("projected /s", kTogether, at_least(150'000, 250'000));
  report.absolute("rate /s", kAlone, at_least(300'000, 450'000));
  check_votes(report, site, ingesting.counted());
  return report;
}

}  // namespace flashpoll::bench
