#pragma once

#include "infra/runtime/metrics.h"
#include "projector/position.h"

namespace flashpoll::projector {

/// What a projector counts.
struct ProjectorMetrics {
  explicit ProjectorMetrics(runtime::Metrics& metrics);

  /// Rows of a transaction that is committed.
  void count(const Step& step) const;

  runtime::Counter records;
  runtime::Counter entries;
  runtime::Counter transactions;
  runtime::Counter stuck;  ///< transactions refused by the guard
  runtime::Counter strays;
  runtime::Counter parked;
  runtime::Counter resumed;
  runtime::Counter reloads;
  runtime::Counter snapshots;
  runtime::Gauge owned;
  runtime::Histogram write_seconds;
};

}  // namespace flashpoll::projector
