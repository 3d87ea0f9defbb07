#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>

#include "events/fold.h"
#include "projector/rows.h"

/// Outcomes of the fold → rows of the read tables. Pure; one thread.
namespace flashpoll::projector {

/// A ledger record with the decoder's view of it.
struct FoldRecord {
  events::Position position;
  std::string_view key;
  std::string_view value;
  const events::Decoded& decoded;
};

/// The rows that a poll's state alone gives.
[[nodiscard]] PollRow poll_row(const events::Poll& poll);
[[nodiscard]] ResultRow result_row(const events::Poll& poll, bool parked);

/// Every thousandth entry gets a row of result_history.
inline constexpr std::uint64_t kHistoryStride = 1000;

/// Gathers what a run of records of one partition changes.
class Projection {
 public:
  /// Folds the record into `fold` and adds what it did. Always the same fold.
  void fold(events::Fold& fold, const FoldRecord& record);

  /// The changes since the last `take`; the next run begins.
  [[nodiscard]] RowChanges take();

  [[nodiscard]] std::size_t entries() const { return changes_.entries.size(); }

 private:
  struct Touched {
    std::optional<ResultRow> result;  ///< as of the latest record; empty: not opened
    bool changed = false;             ///< by this run
    std::optional<PollRow> poll;
    std::optional<events::ClosedBy> closed_by;
  };

  Touched& touch(events::PollId id, const events::Fold& fold);
  void add(const events::Judged& judged, Touched& touched, std::string_view value);
  void add_result(const events::Poll& poll, Touched& touched);
  void add_parked(const events::Parked& parked, const events::Fold& fold, std::int64_t offset);

  std::unordered_map<events::PollId, Touched> touched_;
  RowChanges changes_;
};

}  // namespace flashpoll::projector
