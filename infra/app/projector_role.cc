#include <atomic>
#include <vector>

#include "infra/app/roles.h"
#include "infra/crypto/encoding.h"
#include "projector/projector.h"

namespace flashpoll::app {

namespace {

constexpr std::chrono::milliseconds kEndsWait{5'000};

std::string random_name() {
  const auto bytes = crypto::random_bytes<8>();
  return crypto::hex_encode(crypto::as_text(bytes));
}

projector::ProjectorSettings projector_settings(const Base& base) {
  projector::ProjectorSettings settings;
  settings.database = base.database("projector");
  settings.name = random_name();
  settings.key = events::key_fingerprint(base.mac);
  return settings;
}

std::vector<Check> checks_of(const projector::ProjectorStatus& status) {
  std::vector<Check> checks;
  std::size_t owned = 0;
  std::size_t parked = 0;
  for (const projector::PartitionStatus& partition : status.partitions) {
    owned += partition.owned ? 1 : 0;
    parked += partition.parked;
  }
  const auto state = status.running ? Check::State::ok : Check::State::fail;
  checks.push_back({"projector", state, "writes " + std::to_string(owned) + " partitions"});
  if (!status.stands_by.empty()) {
    checks.push_back({"projector", Check::State::warn, "stands by: " + status.stands_by});
  }
  if (!status.last_fault.empty()) {
    checks.push_back({"projector", Check::State::warn, status.last_fault});
  }
  if (parked > 0) {
    checks.push_back({"projector", Check::State::warn,
                      std::to_string(parked) + " polls are parked at records of unknown types"});
  }
  return checks;
}

/// Whether the read tables have reached what the ledger held at the start. Until then a node would
/// serve results that lack votes which were acknowledged before it came.
class Arrival {
 public:
  void set_out(ledger::Ledger& ledger) { ends_ = ledger.ends(kEndsWait); }

  /// Any thread, after `set_out`.
  [[nodiscard]] bool is_there(const projector::ProjectorStatus& status) {
    if (there_ || !status.stands_by.empty()) return true;
    for (const projector::PartitionStatus& partition : status.partitions) {
      if (partition.position < ends_.at(partition.partition)) return false;
    }
    there_ = status.running;
    return there_;
  }

 private:
  std::vector<ledger::Offset> ends_;
  std::atomic<bool> there_ = false;
};

class ProjectorRole final : public Role {
 public:
  ProjectorRole(Base& base, std::shared_ptr<History> history)
      : history_(std::move(history)),
        projector_({*history_->ledger, *history_->checkpoints, base.clock, base.log, base.metrics},
                   projector_settings(base), base.on_corrupt) {
    projector_.restore();
  }

  void add_routes(http::Router&) override {}
  void add_checks(Health& health) override {
    health.add([this] {
      const projector::ProjectorStatus status = projector_.status();
      std::vector<Check> checks = checks_of(status);
      if (!status.running || arrival_.is_there(status)) return checks;
      checks.push_back({"read tables", Check::State::fail, "are behind the ledger"});
      return checks;
    });
  }
  void start() override {
    arrival_.set_out(*history_->ledger);
    projector_.start();
  }
  void stop() override { projector_.stop(); }

 private:
  std::shared_ptr<History> history_;
  Arrival arrival_;
  projector::Projector projector_;
};

}  // namespace

std::unique_ptr<Role> make_projector_role(Base& base, std::shared_ptr<History> history) {
  return std::make_unique<ProjectorRole>(base, std::move(history));
}

}  // namespace flashpoll::app
