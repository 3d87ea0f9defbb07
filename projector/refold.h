#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "projector/ports.h"
#include "projector/read_model.h"

namespace flashpoll::projector {

/// Called now and then with the records folded so far, and all there are to fold.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// What folds a whole ledger, whose records and types.
struct RefoldSource {
  ledger::Ledger& ledger;
  const pg::Target& database;
  int reader = events::kReaderVersion;
  Decoder decoder = events::decode;
  Progress progress = {};
};

/// Folds the ledger from 0, ignoring snapshots, into read tables that nobody else writes. One
/// thread.
class Refold {
 public:
  using Marks = std::map<ledger::Partition, PartitionMark>;

  /// `only`: the rows of one poll alone. The empty tables are there already.
  Refold(const RefoldSource& source, const std::string& schema,
         std::optional<events::PollId> only = {});

  /// Folds and writes up to these positions. Throws Corrupt when the ledger does not hold the
  /// records that they name as the last ones, Unavailable.
  void up_to(const Marks& marks);

  [[nodiscard]] std::uint64_t records() const { return records_; }

 private:
  void take(const ledger::Record& record);

  const RefoldSource source_;
  const std::optional<events::PollId> only_;
  const std::string only_key_;
  ReadModel model_;
  std::map<ledger::Partition, PartitionFold> folds_;
  std::uint64_t records_ = 0;
};

/// Positions of read tables without their readers.
[[nodiscard]] Refold::Marks marks_of(ReadModel& model);

}  // namespace flashpoll::projector
