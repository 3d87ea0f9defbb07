#pragma once

#include <functional>
#include <string>
#include <utility>

#include "infra/bench/load.h"
#include "infra/bench/options.h"
#include "infra/bench/process.h"
#include "infra/bench/report.h"

namespace flashpoll::bench {

/// A load for these options, closed loop.
[[nodiscard]] Load load_of(const Options& options, std::uint16_t port);

/// Who is looked at while a load runs.
struct Watched {
  std::function<Usage()> server;
  std::function<Usage()> storage = {};  ///< PostgreSQL and Kafka, where the server uses them
};

struct Measured {
  LoadFigures load;
  Figures figures;
};
/// Runs the load from the loader's core. The figures: `rate /s`, `cpu us` and `storage cpu us` an
/// operation, `p50 ms`, `p99 ms`, `p99.9 ms`, `max ms`, `rss mb`, `switches` an operation,
/// `refused`, `unsent`.
[[nodiscard]] Measured measure(const Options& options, Load load, Requests& requests,
                               const Watched& watched);

/// The four figures of latencies.
void add_latencies(Figures& figures, const Histogram& latencies);

/// What a server used between two looks, for each of so many operations.
void add_usage(Figures& figures, const Usage& before, const Usage& after, double operations);

/// One request again and again.
class SameRequest final : public Requests {
 public:
  explicit SameRequest(std::string text) : text_(std::move(text)) {}
  std::string_view next() override { return text_; }

 private:
  const std::string text_;
};

}  // namespace flashpoll::bench
