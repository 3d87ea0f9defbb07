#include "command/desk_service.h"
#include "command/identity.h"
#include "command/restore.h"
#include "command/routes.h"
#include "infra/app/roles.h"
#include "infra/http/limiter.h"

namespace flashpoll::app {

namespace {

constexpr std::chrono::milliseconds kDrain{6'000};

std::uint64_t random_seed() {
  const auto bytes = crypto::random_bytes<8>();
  std::uint64_t seed = 0;
  for (const std::uint8_t byte : bytes) seed = seed << 8 | byte;
  return seed;
}

command::DeskSettings desk_settings(const Base& base, const ledger::Ledger& ledger) {
  command::DeskSettings settings;
  settings.partitions = ledger.partitions();
  settings.read_is_durable = ledger.read_is_durable();
  settings.key = events::key_fingerprint(base.mac);
  settings.seed = random_seed();
  settings.new_id = [](events::TimeMs now) {
    return events::uuid_v7(now, crypto::random_bytes<10>());
  };
  return settings;
}

class CommandRole final : public Role {
 public:
  CommandRole(Base& base, std::shared_ptr<History> history)
      : base_(base),
        history_(std::move(history)),
        identity_(base.mac, base.settings.ingest_tokens),
        openings_(base.clock, static_cast<int>(base.settings.limits.openings_per_minute)),
        restored_(desk_settings(base, *history_->ledger)),
        starts_(command::restore(restored_, *history_->checkpoints, *history_->ledger,
                                 events::key_fingerprint(base.mac), base.log)),
        tail_(history_->ledger->tail(starts_, ledger::Delivery::leading)),
        desk_({*history_->ledger, *tail_, base.clock, base.log}, std::move(restored_),
              base.on_corrupt) {}

  void add_routes(http::Router& router) override {
    command::add_routes(router, {desk_,
                                 identity_,
                                 base_.clock,
                                 openings_,
                                 base_.failed_credentials,
                                 {base_.settings.public_url, base_.settings.allowed_origins}});
  }

  void add_checks(Health& health) override {
    const auto waiting = base_.metrics.gauge("flashpoll_desk_waiting", "Requests that wait");
    base_.metrics.before_expose(
        [this, waiting] { waiting.set(static_cast<double>(desk_.waiting())); });
    health.add([this]() -> std::vector<Check> {
      if (!desk_.is_live()) return {{"desk", Check::State::fail, "reads the ledger"}};
      return {{"desk", Check::State::ok, std::to_string(desk_.waiting()) + " requests wait"}};
    });
  }

  void start() override { desk_.start(); }
  void stop() override { desk_.stop(kDrain); }

 private:
  Base& base_;
  std::shared_ptr<History> history_;
  command::Identity identity_;
  http::Limiter openings_;
  command::Desk restored_;
  std::vector<ledger::Start> starts_;
  std::unique_ptr<ledger::Tail> tail_;
  command::DeskService desk_;
};

}  // namespace

std::unique_ptr<Role> make_command_role(Base& base, std::shared_ptr<History> history) {
  return std::make_unique<CommandRole>(base, std::move(history));
}

}  // namespace flashpoll::app
