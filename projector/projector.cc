#include "projector/projector.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::projector {

namespace {

constexpr std::chrono::milliseconds kWait{100};
constexpr std::chrono::milliseconds kLongestPause{2000};
constexpr std::chrono::milliseconds kLagEvery{1000};
constexpr std::chrono::milliseconds kLagWait{500};
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Projector::Projector(const ProjectorPorts& ports, ProjectorSettings settings,
                     std::function<void(const std::string&)> on_corrupt)
    : ports_(ports),
      on_corrupt_(std::move(on_corrupt)),
      worker_(ports, settings),
      keeper_(settings.database, settings.name, ports.log),
      lag_(ports.metrics.gauge("flashpoll_projector_lag_records",
                               "Records of the ledger beyond the committed positions of all "
                               "partitions; NaN while its end cannot be asked")) {
  lag_.set(kUnknown);
}

Projector::~Projector() { stop(std::chrono::milliseconds(0)); }

void Projector::restore() {
  worker_.start();
  publish({});
}

void Projector::start() {
  keeper_.start();
  thread_ = runtime::start_thread("projector", [this] { run(); });
  lag_thread_ = runtime::start_thread("projector-lag", [this] { watch_lag(); });
}

void Projector::stop(std::chrono::milliseconds snapshot_limit) {
  if (!thread_.joinable()) return;
  {
    const runtime::MutexLock lock(mutex_);
    stopping_ = true;
  }
  told_.notify_all();
  thread_.join();
  lag_thread_.join();
  if (snapshot_limit.count() > 0) worker_.finish(snapshot_limit);
  keeper_.stop();
  const runtime::MutexLock lock(mutex_);
  status_.running = false;
}

void Projector::run() {
  std::chrono::milliseconds pause_after{0};
  while (pause(pause_after) && guarded_round(pause_after)) {
  }
}

/// On a thread of its own: the figure matters most while the worker is held up.
void Projector::watch_lag() {
  do {
    try {
      lag_.set(static_cast<double>(lag(status(), ports_.ledger, kLagWait)));
    } catch (const std::runtime_error&) {
      lag_.set(kUnknown);  // who needs the ledger for his work says why it is away
    }
  } while (pause(kLagEvery));
}

bool Projector::guarded_round(std::chrono::milliseconds& pause_after) {
  try {
    keeper_.tell({.able = worker_.stands_by().empty(), .in_use = worker_.owned()});
    const bool waited = worker_.round(keeper_.granted(), kWait);
    pause_after = waited ? std::chrono::milliseconds(0) : kWait;
    publish({});
  } catch (const Corrupt& fault) {
    ports_.log.error("projector", "the ledger is refused", {{"why", fault.what()}});
    publish(fault.what());
    on_corrupt_(fault.what());
    return false;
  } catch (const std::runtime_error& fault) {
    ports_.log.warning("projector", "a round failed and is begun again", {{"why", fault.what()}});
    worker_.disconnect();
    pause_after = std::clamp(pause_after * 2, kWait, kLongestPause);
    publish(fault.what());
  }
  return true;
}

bool Projector::pause(std::chrono::milliseconds duration) {
  const auto until = std::chrono::steady_clock::now() + duration;
  const runtime::MutexLock lock(mutex_);
  while (!stopping_ && std::chrono::steady_clock::now() < until) {
    told_.wait_until(mutex_, until);
  }
  return !stopping_;
}

void Projector::publish(const std::string& fault) {
  ProjectorStatus status{
      .running = true, .partitions = {}, .stands_by = worker_.stands_by(), .last_fault = fault};
  const Partitions owned = worker_.owned();
  for (const auto& [partition, fold] : worker_.folds()) {
    status.partitions.push_back({.partition = partition,
                                 .position = fold.committed().next,
                                 .owned = owned.contains(partition),
                                 .parked = fold.stops().size()});
  }
  const runtime::MutexLock lock(mutex_);
  status_ = std::move(status);
}

ProjectorStatus Projector::status() const {
  const runtime::MutexLock lock(mutex_);
  return status_;
}

std::int64_t lag(const ProjectorStatus& status, ledger::Ledger& ledger,
                 std::chrono::milliseconds wait) {
  const auto ends = ledger.ends(wait);
  std::int64_t lag = 0;
  for (const PartitionStatus& partition : status.partitions) {
    lag += std::max<std::int64_t>(0, ends.at(partition.partition) - partition.position);
  }
  return lag;
}

}  // namespace flashpoll::projector
