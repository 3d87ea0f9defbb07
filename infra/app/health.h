#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "infra/http/router.h"
#include "infra/runtime/finding.h"
#include "infra/runtime/metrics.h"

namespace flashpoll::app {

/// One line of /readyz?verbose.
using Check = runtime::Finding;

/// What the admin port says. Parts are added before the server starts; then any thread.
class Health {
 public:
  using Probe = std::function<std::vector<Check>()>;
  /// `probe` must not block: it runs on an I/O thread.
  void add(Probe probe) { probes_.push_back(std::move(probe)); }
  /// Not ready before the public port listens, nor once it is about to close.
  enum class Phase { starting, serving, stopping };
  void enter(Phase phase) { phase_ = phase; }

  [[nodiscard]] std::vector<Check> checks() const;
  [[nodiscard]] bool is_ready() const;

 private:
  std::vector<Probe> probes_;
  std::atomic<Phase> phase_ = Phase::starting;
};

/// /livez, /readyz and /metrics. Both must outlive the router.
void add_admin_routes(http::Router& router, const Health& health, runtime::Metrics& metrics);

}  // namespace flashpoll::app
