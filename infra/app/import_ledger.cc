#include "infra/app/import_ledger.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "infra/app/import_appender.h"
#include "infra/app/read_ledger.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

constexpr std::size_t kNamed = 20;

using EachRecord = std::function<void(const archive::Record&)>;

/// One pass over the archive.
archive::Summary read_archive(archive::ArchiveReader& file, std::string_view what,
                              std::uint64_t total, const TransferProgress& progress,
                              const EachRecord& take) {
  std::uint64_t done = 0;
  while (true) {
    const archive::Line line = file.next();
    if (const auto* summary = std::get_if<archive::Summary>(&line)) {
      progress(what, done, done);
      return *summary;
    }
    if (const auto* record = std::get_if<archive::Record>(&line)) {
      take(*record);
      if (++done % kProgressRecords == 0) progress(what, done, std::max(done, total));
    }
  }
}

[[noreturn]] void refuse_record(const archive::Record& record, const events::Outcome& outcome) {
  const std::string key(record.key);
  if (const auto* parked = std::get_if<events::Parked>(&outcome)) {
    throw Corrupt("the file is refused: this build does not know the type " + parked->type +
                  " (poll " + key + "): import with the build that it was exported with");
  }
  throw Corrupt("the file is refused: a record of " + key +
                " has no effect, so no export of a ledger wrote it");
}

void append_archive(archive::ArchiveReader& file, ledger::Ledger& target, std::uint64_t total,
                    const TransferProgress& progress) {
  ImportAppender appender(target);
  read_archive(file, "appended", total, progress, [&](const archive::Record& record) {
    appender.add({.partition = events::partition_of(record.key, target.partitions()),
                  .key = std::string(record.key),
                  .value = std::string(record.value),
                  .time_ms = record.time_ms});
  });
  appender.finish();
}

/// All that the target holds now, and how many of its records are none of the file's.
std::pair<LedgerHistory, std::uint64_t> read_again(ledger::Ledger& target, std::uint64_t total,
                                                   const TransferProgress& progress) {
  LedgerHistory history(target.partitions());
  std::uint64_t done = 0;
  std::uint64_t strays = 0;
  for (ledger::Partition partition = 0; partition < target.partitions(); ++partition) {
    read_to_end(target, {{partition, 0}}, [&](const ledger::Record& record) {
      if (!std::holds_alternative<events::Judged>(history.take(record))) ++strays;
      if (++done % kProgressRecords == 0) progress("compared", done, std::max(done, total));
      return true;
    });
  }
  history.finish();
  progress("compared", done, done);
  return {std::move(history), strays};
}

std::string difference(const PollHistory& file, const std::optional<PollHistory>& target) {
  if (!target) return "is not in the ledger";
  if (target->records != file.records) {
    return "has " + std::to_string(target->records) + " records in the ledger, " +
           std::to_string(file.records) + " in the file";
  }
  if (target->history != file.history) return "has other records in the ledger";
  return "has other results in the ledger";
}

void compare(const LedgerHistory& file, const LedgerHistory& target, Imported& imported) {
  const auto note = [&imported](events::PollId poll, const std::string& what) {
    ++imported.differing;
    if (imported.named.size() < kNamed) imported.named.push_back(poll.text() + " " + what);
  };
  file.each([&](events::PollId poll, const PollHistory& history) {
    const std::optional<PollHistory> found = target.find(poll);
    if (found != history) note(poll, difference(history, found));
  });
  target.each([&](events::PollId poll, const PollHistory&) {
    if (!file.find(poll)) note(poll, "is not in the file");
  });
}

archive::Summary summary_of(const LedgerHistory& history, std::uint64_t strays) {
  return {.records = history.records(),
          .strays = strays,
          .keys = history.polls(),
          .history = history.history_digest(),
          .results = history.results_digest(),
          .sha256 = {}};
}

}  // namespace

void require_empty(ledger::Ledger& target) {
  std::uint64_t records = 0;
  for (const ledger::Offset end : target.ends(kLedgerWait)) {
    records += static_cast<std::uint64_t>(end);
  }
  if (records == 0) return;
  throw Corrupt("the ledger is not empty, it ends after " + std::to_string(records) +
                " records: import goes only into one that never held any. What an import left "
                "that was broken off must be dropped and made anew");
}

CheckedArchive check_archive(archive::ArchiveReader& file, const TransferProgress& progress) {
  const std::vector<std::int64_t>& ends = file.header().ends;
  const auto partitions = static_cast<std::uint32_t>(ends.size());
  std::uint64_t total = 0;
  for (const std::int64_t end : ends) total += static_cast<std::uint64_t>(end);
  LedgerHistory history(partitions);
  ledger::Offset next = 0;
  archive::Summary summary =
      read_archive(file, "checked", total, progress, [&](const archive::Record& record) {
        const events::Outcome outcome =
            history.take({.partition = events::partition_of(record.key, partitions),
                          .offset = next++,
                          .append_time_ms = record.time_ms,
                          .key = record.key,
                          .value = record.value});
        if (!std::holds_alternative<events::Judged>(outcome)) refuse_record(record, outcome);
      });
  history.finish();
  if (summary.keys != history.polls() || summary.history != history.history_digest()) {
    throw Corrupt("the file is refused: its records have another digest than its last line says");
  }
  if (summary.results != history.results_digest()) {
    throw Corrupt(
        "the file is refused: this build judges its records otherwise than the build that "
        "exported it: import with that one");
  }
  return {std::move(summary), std::move(history)};
}

Imported import_ledger(archive::ArchiveReader& file, const CheckedArchive& checked,
                       ledger::Ledger& target, const TransferProgress& progress) {
  const archive::Summary& summary = checked.summary;
  append_archive(file, target, summary.records, progress);
  const auto [history, strays] = read_again(target, summary.records, progress);
  Imported imported{.file = summary, .target = summary_of(history, strays), .named = {}};
  compare(checked.history, history, imported);
  return imported;
}

}  // namespace flashpoll::app
