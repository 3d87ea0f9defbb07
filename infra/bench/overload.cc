#include <algorithm>
#include <utility>
#include <vector>

#include "infra/bench/api.h"
#include "infra/bench/measure.h"
#include "infra/bench/scenarios.h"
#include "infra/bench/vote_checks.h"
#include "infra/bench/vote_requests.h"

namespace flashpoll::bench {

namespace {

constexpr const char* kPeak = "peak";
constexpr const char* kConnections = "3 x connections";
constexpr const char* kRate = "3 x rate";
constexpr const char* kAfter = "half rate, right after";

/// An open loop is one while connections are free: so many for each one of the peak.
constexpr int kOpenConnections = 64;
constexpr int kMostAtPeak = 1'024;
/// What a process can have on one address, about.
constexpr int kMostConnections = 8'192;
/// What a vote takes at most when all is well again, and for how long all of them have to: a disk
/// that is slow for a moment later on has nothing to do with what was before.
constexpr std::uint64_t kWellNs = 50'000'000;
constexpr double kWellSeconds = 1;

/// From when on, for so long, nothing became due that was refused or answered late. `bad`: when
/// such ones were due and answered.
Time well_from(Time begin, std::vector<std::pair<Time, Time>> bad) {
  std::ranges::sort(bad);
  Time well = begin;
  for (const auto& [due, at] : bad) {
    if (seconds_between(well, due) >= kWellSeconds) break;
    well = std::max(well, at);
  }
  return well;
}

class Overloading {
 public:
  Overloading(const Options& options, Site& site)
      : options_(options),
        connections_(options.connections),
        node_(site.start("command")),
        polls_(open_polls(node_->port, 1)) {}

  /// So many connections, or twice, four times… as many, up to 1024, as bring the highest rate.
  void find_peak() {
    int best = connections_;
    double highest = 0;
    for (int tried = connections_; tried <= kMostAtPeak; tried *= 2) {
      connections_ = tried;
      const double rate = value_of(run(1, 0), "rate /s");
      if (rate > highest) best = tried;
      highest = std::max(highest, rate);
    }
    connections_ = best;
  }

  [[nodiscard]] Figures run(int times, double rate) {
    VoteRequests requests(polls_, "flash");
    Load load = load_of(options_, node_->port);
    load.connections = std::min(connections_ * times, kMostConnections);
    load.rate = rate;
    return run(load, requests);
  }

  /// Half of what it can do, from the first moment, and how long it takes until all is well.
  [[nodiscard]] Figures recover(double rate) {
    VoteRequests requests(polls_, "flash");
    Load load = load_of(options_, node_->port);
    load.connections = std::min(4 * connections_, kMostConnections);
    load.discard_seconds = 0;
    load.rate = rate;
    Time begin{};
    std::vector<std::pair<Time, Time>> bad;
    load.on_answer = [&](const Answer& answer) {
      if (begin == Time{}) begin = answer.due;
      const bool late = ns_between(answer.due, answer.at) > kWellNs;
      if (late || answer.status >= 400) bad.emplace_back(answer.due, answer.at);
    };
    Figures figures = run(load, requests);
    figures.emplace_back("recovered s", seconds_between(begin, well_from(begin, std::move(bad))));
    return figures;
  }

  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  [[nodiscard]] int connections() const { return connections_; }
  void end() { node_->process.end(); }

 private:
  Figures run(const Load& load, Requests& requests) {
    Measured measured = measure(options_, load, requests,
                                {.server = [this] { return usage_of(node_->process.pid()); }});
    answered_ += measured.load.created;
    measured.figures.emplace_back("refused p99 ms", measured.load.refusals.percentile_ms(0.99));
    return measured.figures;
  }

  const Options& options_;
  int connections_;
  std::unique_ptr<Node> node_;
  std::vector<std::string> polls_;
  std::uint64_t answered_ = 0;
};

}  // namespace

Report overload(const Options& options) {
  Report report("overload", options);
  Site site(options);
  Overloading overloading(options, site);
  overloading.find_peak();
  report.fact("connections at the peak", std::to_string(overloading.connections()));
  double peak = 0;  // of this round
  report.alternate({{kPeak,
                     [&] {
                       Figures figures = overloading.run(1, 0);
                       peak = value_of(figures, "rate /s");
                       return figures;
                     }},
                    {kConnections, [&] { return overloading.run(3, 0); }},
                    {kRate, [&] { return overloading.run(kOpenConnections, 3 * peak); }},
                    {kAfter, [&] { return overloading.recover(peak / 2); }}});
  report.ratio("rate /s", kConnections, kPeak, at_least(0.9, 0.95));
  report.ratio("rate /s", kRate, kPeak, at_least(0.5, 0.6));
  report.absolute("refused p99 ms", kRate, at_most(50, 50));
  report.ratio("rss mb", kRate, kPeak, at_most(3, 2));
  report.absolute("recovered s", kAfter, at_most(2, 2));
  overloading.end();
  check_votes(report, site, overloading.answered());
  return report;
}

}  // namespace flashpoll::bench
