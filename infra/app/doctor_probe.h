#pragma once

#include <exception>
#include <iterator>

#include "infra/app/settings.h"
#include "infra/pg/connection.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/finding.h"

/// `flashpoll doctor`, the part that looks. Nothing here changes anything anywhere.
namespace flashpoll::app {

/// Looks at everything that is shown, in its order: this process and its settings, the database,
/// the ledger, and whether they belong together. What cannot be reached is a finding too, and what
/// depends on it is left out.
[[nodiscard]] runtime::Findings examine(const Settings& settings);

/// The part that is about the ledger.
[[nodiscard]] runtime::Findings examine_ledger(const Settings& settings,
                                               const runtime::Clock& clock,
                                               pg::Connection& database);

inline void add(runtime::Findings& all, runtime::Findings more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Adds what `probe` finds; its fault instead, if it throws one.
template <typename Probe>
void add_guarded(runtime::Findings& all, const char* name, const char* mend, Probe probe) {
  try {
    add(all, probe());
  } catch (const std::exception& fault) {
    all.push_back({name, runtime::Finding::State::fail, fault.what(), mend});
  }
}

}  // namespace flashpoll::app
