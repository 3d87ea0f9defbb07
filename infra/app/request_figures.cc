#include "infra/app/request_figures.h"

namespace flashpoll::app {

void RequestFigures::count(const http::Answered& answered) {
  const double seconds = static_cast<double>(answered.took.count()) / 1e6;
  const runtime::MutexLock lock(mutex_);
  OfRoute& route = of_route(answered.pattern);
  requests(route, answered).add();
  route.seconds.observe(seconds);
}

RequestFigures::OfRoute& RequestFigures::of_route(std::string_view pattern) {
  const auto known = routes_.find(pattern);
  if (known != routes_.end()) return known->second;
  const std::string route(pattern);
  const runtime::Histogram seconds =
      metrics_.histogram("flashpoll_request_seconds", "From the whole request to its answer",
                         runtime::Metrics::latency_bounds(), {{"route", route}});
  return routes_.emplace(route, OfRoute{seconds, {}}).first->second;
}

runtime::Counter RequestFigures::requests(OfRoute& route, const http::Answered& answered) {
  const auto known = route.by_status.find(answered.status);
  if (known != route.by_status.end()) return known->second;
  const runtime::Counter counter = metrics_.counter(
      "flashpoll_requests_total", "Answered requests",
      {{"route", std::string(answered.pattern)}, {"status", std::to_string(answered.status)}});
  return route.by_status.emplace(answered.status, counter).first->second;
}

}  // namespace flashpoll::app
