#pragma once

#include <optional>
#include <string>

#include "projector/verify.h"

namespace flashpoll::projector {

struct Rebuilt {
  Verified verified;
  bool switched = false;
  std::string schema;  ///< of the new read tables; gone again when they are not in force
};

/// Folds the ledger from 0 into new read tables while the present ones serve, compares, and
/// switches readers and projectors to the new ones in one transaction. Nothing changes when rows
/// differ, unless `accept_differences`. The tables before the switch are kept for readers that have
/// not moved on, until the next rebuild. Throws as `verify`.
[[nodiscard]] Rebuilt rebuild(const RefoldSource& source, bool accept_differences);

/// A rebuild if another version made the read tables in force.
[[nodiscard]] std::optional<Rebuilt> rebuild_of_another_version(const RefoldSource& source);

}  // namespace flashpoll::projector
