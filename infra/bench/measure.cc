#include "infra/bench/measure.h"

#include <stdexcept>

namespace flashpoll::bench {

Load load_of(const Options& options, std::uint16_t port) {
  Load load;
  load.port = port;
  load.connections = options.connections;
  load.seconds = options.seconds;
  load.discard_seconds = options.discard_seconds;
  return load;
}

void add_latencies(Figures& figures, const Histogram& latencies) {
  figures.emplace_back("p50 ms", latencies.percentile_ms(0.5));
  figures.emplace_back("p99 ms", latencies.percentile_ms(0.99));
  figures.emplace_back("p99.9 ms", latencies.percentile_ms(0.999));
  figures.emplace_back("max ms", latencies.max_ms());
}

void add_usage(Figures& figures, const Usage& before, const Usage& after, double operations) {
  figures.emplace_back("cpu us", (after.cpu_seconds - before.cpu_seconds) * 1e6 / operations);
  figures.emplace_back("rss mb", after.rss_mb);
  figures.emplace_back("switches", (after.switches - before.switches) / operations);
}

Measured measure(const Options& options, Load load, Requests& requests, const Watched& watched) {
  const Pinned here(options.loader_core());
  Usage before, after, storage_before, storage_after;
  load.at_begin = [&] {
    before = watched.server();
    if (watched.storage) storage_before = watched.storage();
  };
  load.at_end = [&] {
    after = watched.server();
    if (watched.storage) storage_after = watched.storage();
  };
  Measured measured{.load = run(load, requests), .figures = {}};
  const LoadFigures& figures = measured.load;
  if (figures.measured == 0) throw std::runtime_error("no request was answered as it should be");
  const auto operations = static_cast<double>(figures.measured);
  measured.figures.emplace_back("rate /s", operations / figures.measured_seconds);
  add_usage(measured.figures, before, after, operations);
  if (watched.storage) {
    measured.figures.emplace_back(
        "storage cpu us",
        (storage_after.cpu_seconds - storage_before.cpu_seconds) * 1e6 / operations);
  }
  add_latencies(measured.figures, figures.latencies);
  measured.figures.emplace_back("refused", static_cast<double>(figures.refused));
  measured.figures.emplace_back("unsent", static_cast<double>(figures.unsent));
  return measured;
}

}  // namespace flashpoll::bench
