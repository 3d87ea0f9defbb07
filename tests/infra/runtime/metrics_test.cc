#include "infra/runtime/metrics.h"

#include <doctest/doctest.h>

#include <thread>

namespace flashpoll::runtime {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("figures come out in the text format, each with its help and type") {
  Metrics metrics;
  metrics.counter("fp_votes_total", "Votes", {{"verdict", "counted"}}).add();
  metrics.counter("fp_votes_total", "Votes", {{"verdict", "counted"}}).add(2);
  metrics.counter("fp_votes_total", "Votes", {{"verdict", "void"}}).add();
  metrics.gauge("fp_open", "Open connections").set(7);
  const Histogram seconds = metrics.histogram("fp_seconds", "Time", {0.1, 1});
  seconds.observe(0.05);
  seconds.observe(0.5);
  const std::string text = metrics.expose();
  CHECK(text.find("# TYPE fp_votes_total counter") != std::string::npos);
  CHECK(has_line(text, "fp_votes_total{verdict=\"counted\"} 3"));
  CHECK(has_line(text, "fp_votes_total{verdict=\"void\"} 1"));
  CHECK(has_line(text, "fp_open 7"));
  CHECK(has_line(text, "fp_seconds_bucket{le=\"0.1\"} 1"));
  CHECK(has_line(text, "fp_seconds_bucket{le=\"+Inf\"} 2"));
}

TEST_CASE("figures that are read are refreshed before they are shown") {
  Metrics metrics;
  const Gauge depth = metrics.gauge("fp_queue_depth", "Items waiting");
  double size = 3;
  metrics.before_expose([&] { depth.set(size); });
  CHECK(has_line(metrics.expose(), "fp_queue_depth 3"));
  size = 4;
  CHECK(has_line(metrics.expose(), "fp_queue_depth 4"));
}

TEST_CASE("threads count into one figure") {
  Metrics metrics;
  const Counter counter = metrics.counter("fp_total", "Sum");
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 1000; ++k) counter.add();
      });
    }
  }
  CHECK(has_line(metrics.expose(), "fp_total 4000"));
}

}  // namespace flashpoll::runtime
