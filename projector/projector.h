#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "infra/runtime/metrics.h"
#include "infra/runtime/mutex.h"
#include "projector/lease_keeper.h"
#include "projector/ports.h"
#include "projector/worker.h"

namespace flashpoll::projector {

struct PartitionStatus {
  ledger::Partition partition = 0;
  ledger::Offset position = 0;  ///< committed, as far as this process knows
  bool owned = false;           ///< written by this process
  std::size_t parked = 0;       ///< polls stopped at records of unknown types
};

/// For readyz?verbose.
struct ProjectorStatus {
  bool running = false;
  std::vector<PartitionStatus> partitions;
  std::string stands_by;   ///< why it projects nothing; empty: it may
  std::string last_fault;  ///< empty once a round went well again
};

/// The projector with its threads: one works, one keeps the leases, one looks how far behind the
/// ledger all this is. Constructed, started and
/// stopped by one thread; `status` by any.
class Projector {
 public:
  /// `on_corrupt` is called once, on the worker's thread, when the ledger contradicts what was
  /// folded: the process has to end.
  Projector(const ProjectorPorts& ports, ProjectorSettings settings,
            std::function<void(const std::string&)> on_corrupt);
  /// Stops.
  ~Projector();

  /// Restores the folds, which may take seconds; once, after `prepare_read_tables`. Throws Corrupt,
  /// as `Worker::start` does, and Unavailable.
  void restore();
  /// After `restore`.
  void start();

  /// Ends the round under way, writes a snapshot unless it is large or takes longer than
  /// `snapshot_limit`, and gives the leases back.
  void stop(std::chrono::milliseconds snapshot_limit = std::chrono::seconds(3));

  [[nodiscard]] ProjectorStatus status() const FP_EXCLUDES(mutex_);

 private:
  void run();
  void watch_lag();
  /// False when the thread has to end.
  bool guarded_round(std::chrono::milliseconds& pause);
  void publish(const std::string& fault) FP_EXCLUDES(mutex_);
  /// False when told to stop.
  bool pause(std::chrono::milliseconds duration) FP_EXCLUDES(mutex_);

  const ProjectorPorts ports_;
  const std::function<void(const std::string&)> on_corrupt_;
  Worker worker_;
  LeaseKeeper keeper_;
  mutable runtime::Mutex mutex_;
  runtime::Condition told_;
  bool stopping_ FP_GUARDED_BY(mutex_) = false;
  ProjectorStatus status_ FP_GUARDED_BY(mutex_);
  const runtime::Gauge lag_;
  std::jthread thread_;
  std::jthread lag_thread_;
};

/// Records that the ledger holds beyond the positions of `status`. Blocks at most `wait`; throws
/// Unavailable.
[[nodiscard]] std::int64_t lag(const ProjectorStatus& status, ledger::Ledger& ledger,
                               std::chrono::milliseconds wait);

}  // namespace flashpoll::projector
