#include "infra/ledger/follower.h"

#include "infra/ledger/follower_hub.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::ledger {
namespace {

constexpr std::chrono::milliseconds kReadWait{1'000};
constexpr std::chrono::milliseconds kPauseAfterFault{50};

}  // namespace

Follower::Follower(Ledger& ledger, std::vector<Start> starts, runtime::Log& log,
                   FollowerLimits limits)
    : ledger_(ledger),
      log_(log),
      limits_(limits),
      hub_(std::make_unique<Hub>(starts, limits)),
      tail_(ledger.tail(std::move(starts))) {
  thread_ = runtime::start_thread("ledger-follow", [this](std::stop_token stop) { run(stop); });
}

Follower::~Follower() = default;

std::unique_ptr<Tail> Follower::reader(std::vector<Start> starts) {
  auto own = ledger_.tail(starts);
  return std::make_unique<Reader>(*hub_, std::move(own), starts);
}

void Follower::run(std::stop_token stop) {
  const std::stop_callback on_stop(stop, [this] {
    hub_->stop();
    tail_->wake();
  });
  while (!stop.stop_requested()) {
    try {
      const auto records = tail_->read(limits_.batch_records, kReadWait);
      hub_->available();
      if (records.empty()) continue;
      if (!hub_->publish(std::make_shared<const RecordBatch>(records))) return;
    } catch (const Unavailable& fault) {
      log_.warning("ledger", "cannot be read, it is tried again", {{"error", fault.what()}});
      hub_->unavailable(fault.what());
      hub_->pause(kPauseAfterFault);
    } catch (const std::exception& fault) {
      log_.error("ledger", "cannot be read any more", {{"error", fault.what()}});
      return hub_->corrupt(fault.what());
    }
  }
}

}  // namespace flashpoll::ledger
