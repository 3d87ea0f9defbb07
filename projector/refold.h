#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "infra/runtime/mutex.h"
#include "projector/ports.h"
#include "projector/read_model.h"
#include "projector/row_sums.h"

namespace flashpoll::projector {

/// Called now and then with the records folded so far, and all there are to fold; by several
/// threads, one at a time.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// What folds a whole ledger, whose records and types.
struct RefoldSource {
  ledger::Ledger& ledger;
  const pg::Target& database;
  int reader = events::kReaderVersion;
  Decoder decoder = events::decode;
  Progress progress = {};
};

/// What becomes of entries and history: stored and summed up, only summed up, or neither. All else
/// is stored.
enum class Bulk : std::uint8_t { stored, only_summed, left_out };

/// Folds the ledger from 0, ignoring snapshots, into read tables that nobody else writes: shares of
/// the partitions at once, on threads and connections of their own. One thread calls.
class Refold {
 public:
  using Marks = std::map<ledger::Partition, PartitionMark>;

  /// `only`: the rows of one poll alone. The empty tables are there already.
  Refold(const RefoldSource& source, const std::string& schema, Bulk bulk,
         std::optional<events::PollId> only = {});
  ~Refold();

  /// Folds and writes up to these positions. Throws Corrupt when the ledger does not hold the
  /// records that they name as the last ones, Unavailable.
  void up_to(const Marks& marks);

  [[nodiscard]] std::uint64_t records() const FP_EXCLUDES(mutex_);
  /// Of all entries and history so far.
  [[nodiscard]] SumsByPoll sums() const;

 private:
  class Share;

  void folded(std::uint64_t records) FP_EXCLUDES(mutex_);

  const RefoldSource source_;
  std::vector<std::unique_ptr<Share>> shares_;
  mutable runtime::Mutex mutex_;
  std::uint64_t records_ FP_GUARDED_BY(mutex_) = 0;
  std::uint64_t total_ FP_GUARDED_BY(mutex_) = 0;
};

/// Positions of read tables without their readers.
[[nodiscard]] Refold::Marks marks_of(ReadModel& model);

}  // namespace flashpoll::projector
