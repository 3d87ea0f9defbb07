#include "infra/bench/report.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace flashpoll::bench {

double value_of(const Figures& figures, std::string_view name) {
  const auto found = std::ranges::find(figures, name, &Figures::value_type::first);
  return found == figures.end() ? 0 : found->second;
}

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {median, values.front(), values.back()};
}

bool Comparison::meets(double limit) const {
  const double value = spread().median;
  return goal.sense == Goal::Sense::at_most ? value <= limit : value >= limit;
}

std::string_view Comparison::judged() const {
  if (!goal.is_set()) return "free";
  if (meets(goal.aim)) return "aim";
  return meets(goal.must) ? "must" : "missed";
}

void Report::alternate(const std::vector<Side>& sides) {
  for (int round = 1; round <= options_.rounds; ++round) {
    for (const Side& side : sides) {
      std::fprintf(stderr, "%s: round %d of %d, %s\n", scenario_.c_str(), round, options_.rounds,
                   side.name.c_str());
      add(side.name, side.run());
    }
  }
}

void Report::add(const std::string& side, Figures figures) {
  auto found = std::ranges::find(series_, side, &Series::side);
  if (found == series_.end()) found = series_.insert(found, {side, {}});
  found->rounds.push_back(std::move(figures));
}

std::vector<double> Report::values(const std::string& side, const std::string& figure) const {
  const auto found = std::ranges::find(series_, side, &Series::side);
  if (found == series_.end()) throw std::logic_error("nothing was measured of " + side);
  std::vector<double> values;
  for (const Figures& figures : found->rounds) {
    if (std::ranges::find(figures, figure, &Figures::value_type::first) == figures.end()) {
      throw std::logic_error(side + " has no figure " + figure);
    }
    values.push_back(value_of(figures, figure));
  }
  return values;
}

double Report::median(const std::string& side, const std::string& figure) const {
  return spread_of(values(side, figure)).median;
}

void Report::compare(Comparison::Kind kind, const std::string& figure, const std::string& ours,
                     const std::string& theirs, const Goal& goal) {
  const bool is_ratio = kind == Comparison::Kind::ratio;
  Comparison comparison;
  comparison.name = figure + ": " + ours + (is_ratio ? " / " : " - ") + theirs;
  comparison.kind = kind;
  comparison.goal = goal;
  const std::vector<double> our = values(ours, figure);
  const std::vector<double> their = values(theirs, figure);
  for (std::size_t i = 0; i < std::min(our.size(), their.size()); ++i) {
    comparison.rounds.push_back(is_ratio ? our[i] / their[i] : our[i] - their[i]);
  }
  const Spread a = spread_of(our);
  const Spread b = spread_of(their);
  comparison.overlap = our.size() > 1 && a.low <= b.high && b.low <= a.high;
  comparisons_.push_back(std::move(comparison));
}

void Report::ratio(const std::string& figure, const std::string& ours, const std::string& theirs,
                   const Goal& goal) {
  compare(Comparison::Kind::ratio, figure, ours, theirs, goal);
}

void Report::difference(const std::string& figure, const std::string& ours,
                        const std::string& theirs, const Goal& goal) {
  compare(Comparison::Kind::difference, figure, ours, theirs, goal);
}

void Report::absolute(const std::string& figure, const std::string& ours, const Goal& goal) {
  Comparison comparison;
  comparison.name = figure + ": " + ours;
  comparison.kind = Comparison::Kind::absolute;
  comparison.rounds = values(ours, figure);
  comparison.goal = goal;
  comparisons_.push_back(std::move(comparison));
}

void Report::fact(std::string name, std::string value) {
  facts_.emplace_back(std::move(name), std::move(value));
}

}  // namespace flashpoll::bench
