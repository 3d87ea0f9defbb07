#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "infra/ledger/ledger.h"
#include "projector/partition_fold.h"

namespace flashpoll::projector {

/// The polls among those that the read tables stopped whose record this build can read. Throws
/// Unavailable, and Corrupt when the ledger no longer holds such a record.
[[nodiscard]] std::vector<events::PollId> readable_stops(const PartitionFold& fold,
                                                         ledger::Ledger& ledger,
                                                         const Decoder& decoder);

/// Folds a parked poll on from the record that stopped it up to the committed position, portion by
/// portion. `fold` is at its committed position, is not changed, and must stay as it is.
class PollResumption {
 public:
  PollResumption(const PartitionFold& fold, events::PollId poll, ledger::Ledger& ledger,
                 const Decoder& decoder);

  /// The step of its rows: the position stays, so the guard asserts that nothing moved meanwhile.
  [[nodiscard]] Step step() const;
  /// The next rows; none when all are given. Throws as `ledger::Tail::read`.
  [[nodiscard]] std::optional<RowChanges> next();

  /// After the last rows: the poll as it is now. Empty when it was not opened after all: what
  /// stopped it has become a stray.
  [[nodiscard]] std::optional<events::PollSlot> slot() const;
  [[nodiscard]] std::size_t entries() const { return entries_; }

 private:
  void take(const ledger::Record& record);

  const PartitionFold& fold_;
  const events::PollId poll_;
  const std::string key_;
  const Decoder& decoder_;
  const std::uint32_t partitions_;
  ledger::Offset next_ = 0;
  std::unique_ptr<ledger::Tail> tail_;
  events::Fold alone_;  ///< holds nothing but the poll
  Projection projection_;
  std::size_t entries_ = 0;
};

}  // namespace flashpoll::projector
