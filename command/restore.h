#pragma once

#include <vector>

#include "command/desk.h"
#include "infra/ledger/checkpoint.h"
#include "infra/ledger/ledger.h"
#include "infra/runtime/log.h"

namespace flashpoll::command {

/// Puts the newest usable snapshot into the desk and gives the offsets from which its tail has to
/// read: all zero where no snapshot is usable (damaged, of a newer build, of another deployment:
/// logged). Throws Corrupt when the ledger does not hold what the snapshot was folded from,
/// Unavailable.
[[nodiscard]] std::vector<ledger::Start> restore(Desk& desk, ledger::CheckpointStore& checkpoints,
                                                 ledger::Ledger& ledger,
                                                 const events::KeyFingerprint& key,
                                                 runtime::Log& log);

}  // namespace flashpoll::command
