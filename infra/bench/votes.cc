#include <algorithm>

#include "infra/bench/api.h"
#include "infra/bench/baseline.h"
#include "infra/bench/kafka_loops.h"
#include "infra/bench/measure.h"
#include "infra/bench/scenarios.h"
#include "infra/bench/vote_checks.h"
#include "infra/bench/vote_requests.h"

namespace flashpoll::bench {

namespace {

constexpr const char* kOurs = "flashpoll";
constexpr const char* kHalf = "flashpoll at 50 %";
/// At the same rate: a server that is never idle is not the one that wakes its clients.
constexpr const char* kFloorAtHalf = "raw epoll at that rate";

/// The votes of one site, and how many of them were acknowledged.
class Voting {
 public:
  Voting(const Options& options, Site& site)
      : options_(options),
        site_(site),
        node_(site.start(options.role)),
        polls_(open_polls(node_->port, many(options) ? options.polls : 1)) {}

  [[nodiscard]] Figures run(double rate) {
    VoteRequests requests(polls_, workload());
    Load load = load_of(options_, node_->port);
    load.rate = rate;
    load.reconnect = options_.workload == "reconnect";
    const Measured measured = measure(options_, load, requests,
                                      {.server = [this] { return usage_of(node_->process.pid()); },
                                       .storage = [this] { return site_.storage_usage(); }});
    answered_ += measured.load.created;
    return measured.figures;
  }

  [[nodiscard]] Figures run_naive(const BaselineServer& server) const {
    return run_baseline(server, 0, [this] { return site_.storage_usage(); });
  }
  [[nodiscard]] Figures run_floor(const BaselineServer& server, double rate) const {
    return run_baseline(server, rate, {});
  }

  /// Head and body of a vote's answer.
  [[nodiscard]] std::string sample() {
    VoteRequests requests(polls_, "flash");
    ++answered_;
    return ask(node_->port, requests.next());
  }

  void check(Report& report) {
    node_->process.end();
    check_votes(report, site_, answered_);
  }

 private:
  [[nodiscard]] Figures run_baseline(const BaselineServer& server, double rate,
                                     std::function<Usage()> storage) const {
    VoteRequests requests(polls_, workload());
    Load load = load_of(options_, server.port);
    load.rate = rate;
    return measure(options_, load, requests,
                   {.server = [&] { return server.usage(); }, .storage = std::move(storage)})
        .figures;
  }
  static bool many(const Options& options) {
    return options.workload == "uniform" || options.workload == "zipf";
  }
  [[nodiscard]] std::string workload() const {
    return options_.workload == "reconnect" ? "flash" : options_.workload;
  }

  const Options& options_;
  Site& site_;
  std::unique_ptr<Node> node_;
  std::vector<std::string> polls_;
  std::uint64_t answered_ = 0;
};

void compare_peak(Report& report, Voting& voting, const BaselineServer& floor,
                  const std::string& sample, const Options& options, Site& site) {
  const BaselineServer naive = start_naive(options, site, sample);
  report.alternate({{kOurs, [&] { return voting.run(0); }},
                    {"raw epoll", [&] { return voting.run_floor(floor, 0); }},
                    {"naive", [&] { return voting.run_naive(naive); }}});
  report.ratio("cpu us", kOurs, "raw epoll", at_most(2.0, 1.5));
  report.ratio("cpu us", kOurs, "naive", at_most(0.4, 0.25));
  report.ratio("rate /s", kOurs, "naive", at_least(6, 10));
  report.absolute("rate /s", kOurs, at_least(25'000, 25'000));
}

void compare_half(Report& report, Voting& voting, const BaselineServer& floor,
                  const Options& options, Site& site) {
  const double half = report.median(kOurs, "rate /s") / 2;
  const Side ours{kHalf, [&] { return voting.run(half); }};
  const Side least{kFloorAtHalf, [&] { return voting.run_floor(floor, half); }};
  const char* theirs = options.kafka ? "bare produce, consume" : "fdatasync";
  if (options.kafka) {
    KafkaLoops kafka(site.kafka());
    report.alternate({ours, least, {theirs, [&] { return kafka.there_and_back(options, half); }}});
  } else {
    report.alternate(
        {ours, least, {theirs, [&] { return run_fdatasync(options, site.directory()); }}});
  }
  report.ratio("cpu us", kHalf, kFloorAtHalf, {});
  report.difference("p50 ms", kHalf, theirs, at_most(1.5, 0.7));
  report.difference("p99 ms", kHalf, theirs, at_most(10, 5));
}

/// For the picture of latency over throughput.
void sweep(Report& report, Voting& voting) {
  const double peak = report.median(kOurs, "rate /s");
  std::vector<Side> sides;
  for (const int share : {10, 25, 75, 90}) {
    sides.push_back({"flashpoll at " + std::to_string(share) + " %",
                     [&voting, rate = peak * share / 100] { return voting.run(rate); }});
  }
  report.alternate(sides);
}

}  // namespace

Report votes(const Options& options) {
  Report report("votes", options);
  Site site(options);
  Voting voting(options, site);
  if (options.workload == "reconnect") {
    report.alternate({{kOurs, [&] { return voting.run(1'000); }}});
  } else {
    const std::string sample = voting.sample();
    const BaselineServer floor = start_floor(options, site, sample);
    compare_peak(report, voting, floor, sample, options, site);
    compare_half(report, voting, floor, options, site);
    if (options.sweep) sweep(report, voting);
  }
  voting.check(report);
  return report;
}

}  // namespace flashpoll::bench
