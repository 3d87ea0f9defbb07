#pragma once

#include <span>
#include <string_view>

#include "infra/pg/target.h"

namespace flashpoll::pg {

/// One file of schemas/postgres/, embedded by `embed_sql.cmake`.
struct SqlObject {
  std::string_view name;  ///< `ledger/001_heads.sql`
  std::string_view text;
};

/// Applies the objects that `checkpoints.migrations` does not list yet, in their order, each in one
/// transaction together with its mark; several processes may call it at once, one works. Makes that
/// table first if need be. Throws Corrupt when an object was applied with another text (a published
/// file never changes), Unavailable, StatementFailed.
void migrate(const Target& target, std::span<const SqlObject> objects);

}  // namespace flashpoll::pg
