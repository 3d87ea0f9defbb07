#pragma once

#include "infra/app/settings.h"
#include "infra/runtime/finding.h"

namespace flashpoll::app {

/// Looks at everything that `flashpoll doctor` shows, in its order: this process and its settings,
/// the database, the ledger, and whether they belong together. What cannot be reached is a finding
/// too, and what depends on it is left out. Changes nothing anywhere.
[[nodiscard]] runtime::Findings examine(const Settings& settings);

}  // namespace flashpoll::app
