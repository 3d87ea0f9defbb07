#pragma once

#include <string>
#include <vector>

#include "infra/app/export_ledger.h"
#include "infra/app/ledger_history.h"
#include "infra/archive/archive_reader.h"

namespace flashpoll::app {

/// What the target holds, read again, beside what the file says.
struct Imported {
  archive::Summary file;
  archive::Summary target;         ///< `strays`: all that is not of the file; no `sha256`
  std::uint64_t differing = 0;     ///< polls
  std::vector<std::string> named;  ///< the first of them, each with what differs
  [[nodiscard]] bool equal() const { return differing == 0 && target.strays == 0; }
};

/// What a whole archive comes to.
struct CheckedArchive {
  archive::Summary summary;
  LedgerHistory history;
};

/// Reads and folds all of it. Throws Corrupt when it is not as it was written, holds what no export
/// writes, or is judged otherwise by this build than by the one that exported it.
[[nodiscard]] CheckedArchive check_archive(archive::ArchiveReader& file,
                                           const TransferProgress& progress);

/// Appends the file's records, each with its time, to `target`, reads all of that again, and
/// compares every poll's records, verdicts and state with what was checked. Throws Unavailable when
/// an append was not confirmed (see ImportAppender). One thread.
[[nodiscard]] Imported import_ledger(archive::ArchiveReader& file, const CheckedArchive& checked,
                                     ledger::Ledger& target, const TransferProgress& progress);

/// Throws Corrupt when the ledger holds, or ever held, a record.
void require_empty(ledger::Ledger& target);

}  // namespace flashpoll::app
