#pragma once

#include <optional>
#include <string>

#include "events/ids.h"
#include "infra/pg/target.h"

/// Which secret a deployment was begun with. Its fingerprint is kept beside the ledger.
namespace flashpoll::app {

/// As people see it.
[[nodiscard]] std::string fingerprint_text(const events::KeyFingerprint& fingerprint);

/// From the first call on, this deployment's secret is the one with this fingerprint. Throws
/// Corrupt when it was begun with another one, which would make every voter a stranger.
void claim_deployment(const pg::Target& database, const events::KeyFingerprint& ours);

/// Throws Corrupt as `claim_deployment` would, but claims nothing.
void check_deployment(const pg::Target& database, const events::KeyFingerprint& ours);

/// Of the secret that this deployment was begun with, as text; nothing when nobody served it yet.
[[nodiscard]] std::optional<std::string> deployment_fingerprint(const pg::Target& database);

}  // namespace flashpoll::app
