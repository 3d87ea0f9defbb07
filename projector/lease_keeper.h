#pragma once

#include <memory>
#include <string>
#include <thread>

#include "infra/runtime/log.h"
#include "infra/runtime/mutex.h"
#include "projector/lease.h"

namespace flashpoll::projector {

/// Keeps leases alive on a thread and a connection of its own: a long batch of the worker must not
/// cost them. Started and stopped by one thread, the rest by any.
class LeaseKeeper {
 public:
  LeaseKeeper(pg::Target target, std::string name, runtime::Log& log);
  /// Stops.
  ~LeaseKeeper();

  void start();
  /// Gives all partitions back if the database answers; the worker must have stopped writing.
  void stop();

  /// The partitions to be projected, as of the latest tick. While the database does not answer it
  /// stays as it was: who writes without a lease is stopped by the guard.
  [[nodiscard]] Partitions granted() const FP_EXCLUDES(mutex_);
  /// What the worker still writes, and whether it can project at all.
  void tell(LeaseTable::Wish wish) FP_EXCLUDES(mutex_);

 private:
  void run(const std::stop_token& stop);
  void tick(std::unique_ptr<pg::Connection>& connection);
  void release(std::unique_ptr<pg::Connection>& connection);

  const pg::Target target_;
  const std::string name_;
  runtime::Log& log_;
  mutable runtime::Mutex mutex_;
  runtime::Condition told_;
  LeaseTable::Wish wish_ FP_GUARDED_BY(mutex_);
  Partitions granted_ FP_GUARDED_BY(mutex_);
  bool stopping_ FP_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace flashpoll::projector
