#include <fmt/format.h>
#include <sys/utsname.h>

#include <cmath>
#include <fstream>
#include <thread>

#include "infra/bench/report.h"
#include "infra/json/writer.h"
#include "infra/runtime/build_info.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/time.h"

namespace flashpoll::bench {

namespace {

/// Three digits that count, never an exponent.
std::string short_number(double value) {
  const double size = std::abs(value);
  if (value == std::round(value) && size < 1e9) return fmt::format("{:.0f}", value);
  return fmt::format("{:.{}f}", value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

std::string describe(const Spread& spread) {
  return fmt::format("{:>12} {:>12} … {:<12}", short_number(spread.median),
                     short_number(spread.low), short_number(spread.high));
}

std::string_view sign(const Goal& goal) { return goal.sense == Goal::Sense::at_most ? "≤" : "≥"; }

std::string_view kind_name(Comparison::Kind kind) {
  constexpr std::string_view kNames[] = {"ratio", "difference", "absolute"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string machine() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && !line.starts_with("model name")) continue;
  utsname system{};
  ::uname(&system);
  const std::string cpu = line.size() > 13 ? line.substr(line.find(": ") + 2) : "unknown";
  return fmt::format("{} cores, {}, Linux {}", std::thread::hardware_concurrency(), cpu,
                     system.release);
}

std::string now() { return runtime::format_time(runtime::SystemClock().wall_ms()); }

/// JSON knows no infinity.
std::string json_number(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "null";
}

json::Writer& number(json::Writer& out, std::string_view name, double value) {
  return out.key(name).raw(json_number(value));
}

void write_spread(json::Writer& out, const std::vector<double>& rounds) {
  const Spread spread = spread_of(rounds);
  number(out, "median", spread.median);
  number(out, "low", spread.low);
  number(out, "high", spread.high);
  out.key("rounds").begin_array();
  for (const double value : rounds) out.raw(json_number(value));
  out.end_array();
}

void write_head(json::Writer& out, const std::string& scenario, const Options& options) {
  out.member("scenario", scenario).member("ledger", options.kafka ? "kafka" : "postgres");
  out.member("revision", runtime::revision()).member("at", now()).member("machine", machine());
}

void write_comparison(json::Writer& out, const Comparison& comparison) {
  out.begin_object().member("name", comparison.name);
  out.member("kind", kind_name(comparison.kind));
  write_spread(out, comparison.rounds);
  out.member("no_difference", comparison.overlap).member("goal", sign(comparison.goal));
  number(out, "must", comparison.goal.must);
  number(out, "aim", comparison.goal.aim);
  out.member("judged", comparison.judged()).end_object();
}

}  // namespace

std::string Report::table() const {
  std::string text = fmt::format("{}, ledger in {}, {} rounds\n{}\n{}\n", scenario_,
                                 options_.kafka ? "Kafka" : "PostgreSQL", options_.rounds,
                                 machine(), options_.command);
  for (const Series& series : series_) {
    text += fmt::format("\n{:<34}{:>12} {:>12}   {}\n", series.side, "median", "lowest", "highest");
    for (const auto& [figure, first] : series.rounds.front()) {
      text += fmt::format("  {:<32}{}\n", figure, describe(spread_of(values(series.side, figure))));
    }
  }
  text += "\n";
  for (const Comparison& comparison : comparisons_) {
    text += fmt::format("{:<46}{}{}\n", comparison.name, describe(comparison.spread()),
                        comparison.overlap ? " (no difference)" : "");
    if (!comparison.goal.is_set()) continue;
    text += fmt::format("{:<46}must {} {:g}, aim {:g}: {}\n", "", sign(comparison.goal),
                        comparison.goal.must, comparison.goal.aim, comparison.judged());
  }
  for (const auto& [name, value] : facts_) text += fmt::format("{}: {}\n", name, value);
  return text;
}

std::string Report::json() const {
  std::string text;
  json::Writer out(text);
  write_head(out.begin_object(), scenario_, options_);
  out.member("command", options_.command).key("sides").begin_array();
  for (const Series& series : series_) {
    out.begin_object().member("name", series.side).key("figures").begin_object();
    for (const auto& [figure, first] : series.rounds.front()) {
      out.key(figure).begin_object();
      write_spread(out, values(series.side, figure));
      out.end_object();
    }
    out.end_object().end_object();
  }
  out.end_array().key("comparisons").begin_array();
  for (const Comparison& comparison : comparisons_) write_comparison(out, comparison);
  out.end_array().key("facts").begin_object();
  for (const auto& [name, value] : facts_) out.member(name, value);
  out.end_object().end_object();
  return text + "\n";
}

std::string Report::history_line() const {
  std::string text;
  json::Writer out(text);
  write_head(out.begin_object(), scenario_, options_);
  out.key("ratios").begin_object();
  for (const Comparison& comparison : comparisons_) {
    if (comparison.kind == Comparison::Kind::absolute) continue;
    out.key(comparison.name).begin_object().member("kind", kind_name(comparison.kind));
    number(out, "median", comparison.spread().median);
    out.member("goal", sign(comparison.goal)).end_object();
  }
  out.end_object().end_object();
  return text + "\n";
}

}  // namespace flashpoll::bench
