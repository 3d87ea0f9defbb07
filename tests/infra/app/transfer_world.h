#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "events/ids.h"
#include "infra/app/export_ledger.h"
#include "infra/app/import_ledger.h"
#include "infra/ledger/memory_ledger.h"
#include "tests/infra/archive/archive_bytes.h"
#include "tests/support/random_history.h"

/// Ledgers in memory, and histories that move between them.
namespace flashpoll::app::test {

inline const TransferProgress kSilent = [](auto, auto, auto) {};
inline constexpr const char* kFingerprint = "0102030405060708";

struct MemoryWorld {
  explicit MemoryWorld(ledger::Partition partitions, ledger::MemoryLedgerOptions options = {})
      : log(std::make_shared<ledger::MemoryLog>(partitions, clock)), ledger(log, options) {}

  void append(const std::string& key, const std::string& value, std::int64_t time_ms) {
    log->append(std::vector<ledger::Entry>{
        {events::partition_of(key, log->partitions()), key, value, time_ms}});
  }
  /// The records that are no strays, by key, in the order of the appends.
  std::map<std::string, std::vector<std::pair<std::int64_t, std::string>>> fill(
      std::size_t records, std::size_t polls, std::uint64_t seed = 1) {
    flashpoll::test::RandomHistory history(seed, polls, {});
    std::map<std::string, std::vector<std::pair<std::int64_t, std::string>>> kept;
    for (std::size_t i = 0; i < records; ++i) {
      const auto item = history.next();
      append(item.key, item.value, item.time_ms);
      if (!item.stray) kept[item.key].emplace_back(item.time_ms, item.value);
    }
    return kept;
  }
  [[nodiscard]] std::map<std::string, std::vector<std::pair<std::int64_t, std::string>>> records() {
    std::map<std::string, std::vector<std::pair<std::int64_t, std::string>>> found;
    for (ledger::Partition partition = 0; partition < log->partitions(); ++partition) {
      std::vector<ledger::Record> read;
      log->read(partition, 0, 10'000'000, read);
      for (const ledger::Record& record : read) {
        CHECK(events::partition_of(record.key, log->partitions()) == partition);
        found[std::string(record.key)].emplace_back(record.append_time_ms, record.value);
      }
    }
    return found;
  }
  [[nodiscard]] std::size_t size() const {
    std::size_t size = 0;
    for (const ledger::Offset end : log->ends()) size += static_cast<std::size_t>(end);
    return size;
  }

  runtime::ManualClock clock{1'790'000'000'000};
  std::shared_ptr<ledger::MemoryLog> log;
  ledger::MemoryLedger ledger;
};

inline std::string exported(MemoryWorld& world) {
  std::string bytes;
  export_ledger(
      world.ledger, kFingerprint, [&bytes](std::string_view piece) { bytes += piece; }, kSilent);
  return bytes;
}

/// As the command does it.
inline Imported import(const std::string& bytes, MemoryWorld& target,
                       const TransferProgress& progress = kSilent) {
  archive::ArchiveReader first("a.zst", archive::test::source_of(bytes, 65'536));
  require_empty(target.ledger);
  const CheckedArchive checked = check_archive(first, progress);
  archive::ArchiveReader second("a.zst", archive::test::source_of(bytes, 65'536));
  return import_ledger(second, checked, target.ledger, progress);
}

}  // namespace flashpoll::app::test
