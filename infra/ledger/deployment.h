#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "infra/pg/connection.h"
#include "infra/pg/target.h"

namespace flashpoll::ledger {

/// What the table `checkpoints.deployment` holds under `name`; `value` is stored there first if it
/// holds nothing, by one of several processes that ask at once. The schema must be migrated.
/// Throws Unavailable.
[[nodiscard]] std::string deployment_value(const pg::Target& target, std::string_view name,
                                           std::string_view value);

/// The same without storing anything; empty when there is no such value or no such table yet.
[[nodiscard]] std::optional<std::string> find_deployment_value(pg::Connection& connection,
                                                               std::string_view name);

}  // namespace flashpoll::ledger
