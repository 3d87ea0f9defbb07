#include "projector/lease_keeper.h"

#include <utility>

#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::projector {

namespace {

/// Four times a second, so that a lease of 5 s is taken over, and the results move on, within 6 s
/// of its holder's end.
constexpr std::chrono::milliseconds kTick{250};
constexpr std::chrono::milliseconds kPatience{2000};

}  // namespace

LeaseKeeper::LeaseKeeper(pg::Target target, std::string name, runtime::Log& log)
    : target_(std::move(target)), name_(std::move(name)), log_(log) {}

LeaseKeeper::~LeaseKeeper() { stop(); }

void LeaseKeeper::start() {
  thread_ = runtime::start_thread("lease", [this](const std::stop_token& stop) { run(stop); });
}

void LeaseKeeper::stop() {
  if (!thread_.joinable()) return;
  {
    const runtime::MutexLock lock(mutex_);
    stopping_ = true;
  }
  told_.notify_all();
  thread_.join();
}

Partitions LeaseKeeper::granted() const {
  const runtime::MutexLock lock(mutex_);
  return granted_;
}

void LeaseKeeper::tell(LeaseTable::Wish wish) {
  const runtime::MutexLock lock(mutex_);
  wish_ = std::move(wish);
}

void LeaseKeeper::run(const std::stop_token& stop) {
  std::unique_ptr<pg::Connection> connection;
  while (!stop.stop_requested()) {
    tick(connection);
    const auto until = std::chrono::steady_clock::now() + kTick;
    const runtime::MutexLock lock(mutex_);
    while (!stopping_ && told_.wait_until(mutex_, until)) {
    }
    if (stopping_) break;
  }
  release(connection);
}

void LeaseKeeper::tick(std::unique_ptr<pg::Connection>& connection) {
  LeaseTable::Wish wish;
  {
    const runtime::MutexLock lock(mutex_);
    wish = wish_;
  }
  try {
    if (!connection || !connection->usable()) {
      connection = std::make_unique<pg::Connection>(target_, kPatience);
      connection->set_limit(kPatience * 2);
    }
    Partitions granted = LeaseTable(*connection, name_).tick(wish);
    const runtime::MutexLock lock(mutex_);
    granted_ = std::move(granted);
  } catch (const std::runtime_error& fault) {
    connection.reset();
    log_.warning("projector", "leases could not be renewed", {{"why", fault.what()}});
  }
}

void LeaseKeeper::release(std::unique_ptr<pg::Connection>& connection) {
  if (!connection || !connection->usable()) return;
  try {
    LeaseTable(*connection, name_).release_all();
  } catch (const std::runtime_error& fault) {
    log_.warning("projector", "leases were not given back and will expire",
                 {{"why", fault.what()}});
  }
}

}  // namespace flashpoll::projector
