#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "events/codec.h"
#include "infra/ledger/memory_checkpoint.h"
#include "infra/ledger/memory_ledger.h"
#include "infra/ledger/memory_log.h"
#include "projector/worker.h"
#include "tests/projector/partition_script.h"
#include "tests/projector/read_database.h"

namespace flashpoll::test {

/// A ledger in memory, read tables in a real PostgreSQL, and what a projector needs besides.
class Workshop {
 public:
  explicit Workshop(ledger::Partition partitions)
      : clock(kOpeningTime),
        log(std::make_shared<ledger::MemoryLog>(partitions, clock)),
        ledger(log, {.threads = true, .per_mille = {}}),
        checkpoints(clock),
        database(partitions),
        lines(clock, runtime::LogLevel::error) {}

  [[nodiscard]] ledger::Partition partitions() const { return log->partitions(); }
  [[nodiscard]] ledger::Partition home(events::PollId poll) const {
    return events::partition_of(poll, partitions());
  }

  ledger::Offset append(const events::Event& event) {
    return append(events::poll_of(event), events::encode(event));
  }
  ledger::Offset append(events::PollId poll, std::string value) {
    return append(home(poll), poll.text(), std::move(value));
  }
  ledger::Offset append(ledger::Partition partition, std::string key, std::string value) {
    const ledger::Entry entry{partition, std::move(key), std::move(value)};
    return log->append({&entry, 1}).at(0);
  }

  [[nodiscard]] projector::Partitions all() const {
    projector::Partitions all;
    for (ledger::Partition p = 0; p < partitions(); ++p) all.insert(p);
    return all;
  }

  [[nodiscard]] projector::ProjectorPorts ports() {
    return {.ledger = ledger,
            .checkpoints = checkpoints,
            .clock = clock,
            .log = lines,
            .metrics = metrics};
  }
  [[nodiscard]] projector::ProjectorSettings settings(const std::string& name) const {
    projector::ProjectorSettings settings;
    settings.database = database.target();
    settings.name = name;
    return settings;
  }
  std::unique_ptr<projector::Worker> worker(const std::string& name = "one") {
    return worker(settings(name));
  }
  std::unique_ptr<projector::Worker> worker(projector::ProjectorSettings settings) {
    auto worker = std::make_unique<projector::Worker>(ports(), std::move(settings));
    worker->start();
    return worker;
  }

  /// Rounds until all granted partitions are owned and written up to their ends.
  void drain(projector::Worker& worker, const projector::Partitions& granted) {
    for (int rounds = 0; rounds < 1000; ++rounds) {
      worker.round(granted, std::chrono::milliseconds(1));
      if (worker.owned() == granted && at_ends(worker, granted)) return;
    }
    throw std::runtime_error("the worker does not come to the ends");
  }
  void drain(projector::Worker& worker) { drain(worker, all()); }

  [[nodiscard]] bool at_ends(const projector::Worker& worker,
                             const projector::Partitions& partitions) const {
    const auto ends = log->ends();
    for (const ledger::Partition p : partitions) {
      if (worker.folds().at(p).next() != ends[p]) return false;
    }
    return worker.clean();
  }

  /// All rows of a schema of read tables, but positions.
  std::vector<std::string> dump(const std::string& schema) {
    std::vector<std::string> rows;
    for (const char* table : {"polls", "poll_results", "poll_events", "result_history",
                              "stray_records", "parked_polls"}) {
      for (std::string& row :
           database.rows("SELECT t FROM " + schema + "." + table + " t ORDER BY 1")) {
        rows.push_back(std::string(table) + " " + std::move(row));
      }
    }
    return rows;
  }
  /// The rows that this build folds from the whole ledger, in a schema of their own.
  std::vector<std::string> dump_of_refold(projector::ProjectorSettings settings) {
    projector::create_read_tables(database.connection(), "read_3", partitions());
    database.exec("UPDATE checkpoints.read_pointer SET schema_name = 'read_3'");
    drain(*worker(std::move(settings)));
    return dump("read_3");
  }

  runtime::ManualClock clock;
  std::shared_ptr<ledger::MemoryLog> log;
  ledger::MemoryLedger ledger;
  ledger::MemoryCheckpointStore checkpoints;
  ReadDatabase database;
  runtime::Log lines;
  runtime::Metrics metrics;
};

/// A build that does not know one type yet, and writes in an older vocabulary.
inline projector::Decoder without(std::string_view type) {
  return [type](const events::RecordView& record, std::uint32_t partitions) -> events::Decoded {
    events::Decoded decoded = events::decode(record, partitions);
    const auto* event = std::get_if<events::Event>(&decoded);
    if (event == nullptr || events::type_name(*event) != type) return decoded;
    return events::Unknown{events::poll_of(*event), std::string(type)};
  };
}

}  // namespace flashpoll::test
