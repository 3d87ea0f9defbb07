#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

/// Figures of the process in the Prometheus text format. The figures are handles, cheap to copy,
/// usable by any thread, and live as long as the Metrics they came from.
namespace flashpoll::runtime {

class Counter {
 public:
  void add(double amount = 1) const;

 private:
  friend class Metrics;
  explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
  prometheus::Counter* counter_;
};

class Gauge {
 public:
  void set(double value) const;
  void add(double amount) const;

 private:
  friend class Metrics;
  explicit Gauge(prometheus::Gauge& gauge) : gauge_(&gauge) {}
  prometheus::Gauge* gauge_;
};

class Histogram {
 public:
  void observe(double value) const;

 private:
  friend class Metrics;
  explicit Histogram(prometheus::Histogram& histogram) : histogram_(&histogram) {}
  prometheus::Histogram* histogram_;
};

using Labels = std::map<std::string, std::string>;

/// Names follow Prometheus: `flashpoll_votes_total`, `flashpoll_append_seconds`. The same name and
/// labels give the same figure; a name used for another kind is a bug. Any thread.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  /// `bounds`: ascending upper bounds of the buckets.
  Histogram histogram(const std::string& name, const std::string& help,
                      const std::vector<double>& bounds, const Labels& labels = {});

  /// Called before each `expose`, to set gauges that are read rather than counted. What `refresh`
  /// uses must live as long as this object.
  void before_expose(std::function<void()> refresh);

  /// All figures as `text/plain; version=0.0.4`.
  [[nodiscard]] std::string expose();

  /// Bounds for latencies in seconds, 0.1 ms … 10 s.
  static const std::vector<double>& latency_bounds();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace flashpoll::runtime
