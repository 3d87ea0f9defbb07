#pragma once

#include <span>

#include "infra/pg/migrate.h"

/// The SQL objects of schemas/postgres/ that `pg::migrate` applies. Each is a library of its own,
/// by the function's name.
namespace flashpoll::schemas {

[[nodiscard]] std::span<const pg::SqlObject> checkpoint_objects();  ///< schema `checkpoints`
[[nodiscard]] std::span<const pg::SqlObject> ledger_objects();      ///< schema `ledger`

}  // namespace flashpoll::schemas
