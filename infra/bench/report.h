#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infra/bench/options.h"

/// What was measured, and what it is held against.
namespace flashpoll::bench {

/// What one side showed in one round. A name ends with its unit: `rate /s`, `cpu us`, `p99 ms`.
using Figures = std::vector<std::pair<std::string, double>>;
/// 0 when it is not there.
[[nodiscard]] double value_of(const Figures& figures, std::string_view name);

struct Side {
  std::string name;
  std::function<Figures()> run;
};

/// The values of several rounds.
struct Spread {
  double median = 0;
  double low = 0;
  double high = 0;
};
[[nodiscard]] Spread spread_of(std::vector<double> values);

/// What a figure has to be. Two zeros: nobody has set any.
struct Goal {
  enum class Sense : std::uint8_t { at_most, at_least };
  Sense sense = Sense::at_least;
  double must = 0;
  double aim = 0;

  [[nodiscard]] bool is_set() const { return must != 0 || aim != 0; }
};
[[nodiscard]] inline Goal at_most(double must, double aim) {
  return {Goal::Sense::at_most, must, aim};
}
[[nodiscard]] inline Goal at_least(double must, double aim) {
  return {Goal::Sense::at_least, must, aim};
}

/// A figure of one side over, or minus, that of another in the same round; or alone.
struct Comparison {
  enum class Kind : std::uint8_t { ratio, difference, absolute };
  std::string name;
  Kind kind = Kind::ratio;
  std::vector<double> rounds;
  bool overlap = false;  ///< the spreads of the two sides do: no difference
  Goal goal;

  [[nodiscard]] Spread spread() const { return spread_of(rounds); }
  [[nodiscard]] bool meets(double limit) const;
  [[nodiscard]] std::string_view judged() const;  ///< `aim`, `must`, `missed`, `free`
};

class Report {
 public:
  Report(std::string scenario, const Options& options)
      : scenario_(std::move(scenario)), options_(options) {}

  /// Runs the sides one after the other, and that again: A, B, A, B, …
  void alternate(const std::vector<Side>& sides);
  /// One more side that ran outside.
  void add(const std::string& side, Figures figures);

  /// Compare sides that have run. Throw std::logic_error for a side or figure that is not there.
  void ratio(const std::string& figure, const std::string& ours, const std::string& theirs,
             const Goal& goal);
  void difference(const std::string& figure, const std::string& ours, const std::string& theirs,
                  const Goal& goal);
  void absolute(const std::string& figure, const std::string& ours, const Goal& goal);

  /// What a figure rests on, as the number of votes found in the ledger.
  void fact(std::string name, std::string value);

  /// The median of what a side has shown so far.
  [[nodiscard]] double median(const std::string& side, const std::string& figure) const;

  [[nodiscard]] std::string table() const;
  [[nodiscard]] std::string json() const;
  /// One line of the history: which commit had which ratios.
  [[nodiscard]] std::string history_line() const;

 private:
  struct Series {
    std::string side;
    std::vector<Figures> rounds;
  };

  [[nodiscard]] std::vector<double> values(const std::string& side,
                                           const std::string& figure) const;
  void compare(Comparison::Kind kind, const std::string& figure, const std::string& ours,
               const std::string& theirs, const Goal& goal);

  const std::string scenario_;
  const Options& options_;
  std::vector<Series> series_;
  std::vector<Comparison> comparisons_;
  std::vector<std::pair<std::string, std::string>> facts_;
};

}  // namespace flashpoll::bench
