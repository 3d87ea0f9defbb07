#pragma once

#include <cstddef>
#include <string>

#include "events/event.h"
#include "infra/ledger/checkpoint.h"
#include "infra/ledger/ledger.h"
#include "infra/pg/target.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/log.h"
#include "infra/runtime/metrics.h"
#include "projector/position.h"

namespace flashpoll::projector {

/// What a projector works with. All outlive it.
struct ProjectorPorts {
  ledger::Ledger& ledger;
  ledger::CheckpointStore& checkpoints;
  const runtime::Clock& clock;
  runtime::Log& log;
  runtime::Metrics& metrics;
};

struct ProjectorSettings {
  pg::Target database;
  std::string name;                          ///< random, of the process
  events::KeyFingerprint key{};              ///< of the deployment's secret: whose snapshots to use
  std::uint64_t snapshot_after = 1'000'000;  ///< records, at the latest
  std::size_t batch_records = 10'000;        ///< in one transaction, about
  int reader = events::kReaderVersion;       ///< vocabulary; another one in tests
  Decoder decoder = events::decode;          ///< likewise
};

}  // namespace flashpoll::projector
