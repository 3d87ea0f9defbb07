#pragma once

#include <map>
#include <string>

#include "infra/http/server.h"
#include "infra/runtime/metrics.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::app {

/// Counts answered requests by route and status, and how long they took by route. Keeps its
/// handles: to ask the metrics for one builds its labels anew, which costs more than the rest of
/// the count. There are as many as routes and statuses. Any thread.
class RequestFigures {
 public:
  /// `metrics` must outlive it.
  explicit RequestFigures(runtime::Metrics& metrics) : metrics_(metrics) {}

  void count(const http::Answered& answered) FP_EXCLUDES(mutex_);

 private:
  struct OfRoute {
    runtime::Histogram seconds;
    std::map<int, runtime::Counter> by_status;
  };

  OfRoute& of_route(std::string_view pattern) FP_REQUIRES(mutex_);
  runtime::Counter requests(OfRoute& route, const http::Answered& answered) FP_REQUIRES(mutex_);

  runtime::Metrics& metrics_;
  runtime::Mutex mutex_;
  std::map<std::string, OfRoute, std::less<>> routes_ FP_GUARDED_BY(mutex_);
};

}  // namespace flashpoll::app
