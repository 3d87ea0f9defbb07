#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "events/fold.h"
#include "infra/archive/archive.h"
#include "infra/crypto/hash.h"
#include "infra/ledger/ledger.h"

namespace flashpoll::app {

/// What came of one poll: two of these are equal when the polls' records are, to the byte and the
/// millisecond, and each of them was judged alike.
struct PollHistory {
  std::uint64_t records = 0;
  crypto::Digest history{};  ///< chain over the records, as archive.h says
  crypto::Digest results{};  ///< chain over the verdicts, and what stands after the last
  bool operator==(const PollHistory&) const = default;
};

/// Folds a ledger and keeps of each poll only digests, so histories can be compared that lie in
/// another number of partitions. Holds about 100 bytes a poll, and the voters of one partition's
/// open polls. One thread.
class LedgerHistory {
 public:
  /// `partitions`: of the ledger whose records come.
  explicit LedgerHistory(std::uint32_t partitions) : partitions_(partitions) {}

  /// The records come partition by partition, each in the order of its offsets. The outcome lives
  /// until the next call.
  [[nodiscard]] events::Outcome take(const ledger::Record& record);
  /// After the last record.
  void finish();

  [[nodiscard]] std::uint64_t records() const { return records_; }  ///< that got a verdict
  [[nodiscard]] std::size_t polls() const { return polls_.size(); }
  [[nodiscard]] std::optional<PollHistory> find(events::PollId poll) const;
  void each(const std::function<void(events::PollId, const PollHistory&)>& visit) const;

  /// Of all polls, hexadecimal: the file's `history` and `results`.
  [[nodiscard]] std::string history_digest() const;
  [[nodiscard]] std::string results_digest() const;

 private:
  void add(events::PollId poll, const archive::Record& record, const events::Judged& judged);
  void close_partition();
  [[nodiscard]] std::string digest_of(crypto::Digest PollHistory::* which) const;

  const std::uint32_t partitions_;
  std::optional<ledger::Partition> partition_;
  events::Fold fold_;  ///< of this partition
  events::Decoded decoded_;
  boost::unordered_flat_map<events::PollId, PollHistory, std::hash<events::PollId>> polls_;
  std::uint64_t records_ = 0;
  std::string line_;  ///< reused
};

}  // namespace flashpoll::app
