#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "infra/app/export_ledger.h"
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

/// Opens the archive: it is read twice, from its start.
using OpenArchive = std::function<std::unique_ptr<archive::ArchiveReader>()>;

/// Reads and folds the whole archive, appends its records, each with its time, to `target`, reads
/// all of that again, and compares every poll's records, verdicts and state. Throws Corrupt before
/// anything is appended when the target is not empty, the file is not as it was written, or this
/// build judges it otherwise than the one that exported it; Unavailable when an append was not
/// confirmed (see ImportAppender). One thread.
[[nodiscard]] Imported import_ledger(const OpenArchive& open, ledger::Ledger& target,
                                     const TransferProgress& progress);

/// Throws Corrupt when the ledger holds, or ever held, a record.
void require_empty(ledger::Ledger& target);

}  // namespace flashpoll::app
