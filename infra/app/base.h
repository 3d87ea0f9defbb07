#pragma once

#include <functional>
#include <memory>
#include <string>

#include "infra/app/secret_mac.h"
#include "infra/app/settings.h"
#include "infra/http/limiter.h"
#include "infra/ledger/checkpoint.h"
#include "infra/ledger/ledger.h"
#include "infra/pg/target.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/log.h"
#include "infra/runtime/metrics.h"

namespace flashpoll::app {

/// What all roles of a process share: made first, gone last.
struct Base {
  /// Migrates the database and compares the secret with the one that this deployment was begun
  /// with. Throws Misconfigured, Unavailable, or Corrupt when they do not belong together.
  explicit Base(const Settings& settings);

  [[nodiscard]] pg::Target database(const char* application) const;

  const Settings& settings;
  runtime::SystemClock clock;
  runtime::Log log;
  runtime::Metrics metrics;
  SecretMac mac;
  http::Limiter failed_credentials;  ///< per address, one allowance for all roles
  /// Ends the process with exit code 5; any thread.
  std::function<void(const std::string& why)> on_corrupt;
};

/// The ledger and its snapshots: shared by the roles that fold it. A process that only answers
/// queries has none, and needs no connection to the ledger.
struct History {
  /// Makes the ledger where it is missing. Throws Corrupt when it is refused, Unavailable.
  explicit History(Base& base);

  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<ledger::CheckpointStore> checkpoints;
};

}  // namespace flashpoll::app
