#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "query/rows.h"

namespace pqxx {
class transaction_base;
}

namespace flashpoll::query {

/// Which entries of a poll, and in which order. Bounds are inclusive seqs.
struct EntryFilter {
  events::PollId poll;
  events::Seq first;
  events::Seq last;
  bool descending = false;
  std::optional<int> type{};
  std::optional<bool> counted{};
  std::optional<events::Reason> reason{};
  std::optional<events::VoterTag> voter{};
  std::optional<events::Uuid> vote_id{};
  std::optional<events::TimeMs> from{};  ///< inclusive
  std::optional<events::TimeMs> to{};    ///< exclusive
};

/// Entries that were examined at most `kMaxExamined` rows for. `examined_to` is set when the bound
/// was reached: the last row looked at, further ones may match.
struct EntryPage {
  std::vector<EntryRow> entries;
  std::optional<events::Seq> examined_to;
};
inline constexpr int kMaxExamined = 50'000;

/// The read side's SQL, over one transaction: all that one job reads is of one moment. Lives as
/// long as the job; its thread only. Members throw what libpqxx throws; the pool translates.
class ReadTables {
 public:
  explicit ReadTables(pqxx::transaction_base& transaction) : transaction_(transaction) {}

  /// Empty when the poll was never opened, as far as the read side has come.
  [[nodiscard]] std::optional<PollRow> poll(events::PollId id);
  /// Those of `ids` that are known, in no particular order.
  [[nodiscard]] std::vector<PollRow> polls(std::span<const events::PollId> ids);
  /// Latest seq of those of `ids` that are known.
  [[nodiscard]] std::vector<std::pair<events::PollId, events::Seq>> reached(
      std::span<const events::PollId> ids);
  /// Whether a record of unknown type parked this id; also true where no poll was opened.
  [[nodiscard]] bool is_parked(events::PollId id);

  /// The kept result at or before `seq`; empty before the first one that is kept.
  [[nodiscard]] std::optional<Counts> history_at_seq(events::PollId id, events::Seq seq);
  /// The last kept result with `at` < `before`.
  [[nodiscard]] std::optional<Counts> history_before(events::PollId id, events::TimeMs before);
  /// The first kept result with `at` >= `from`.
  [[nodiscard]] std::optional<Counts> history_from(events::PollId id, events::TimeMs from);
  /// Entries counted and void up to each of these ascending times (exclusive), from kept results
  /// only: right for whole seconds up to that of the latest entry.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, std::uint64_t>> totals_before(
      events::PollId id, events::TimeMs first, events::TimeMs last, std::int64_t step_ms);
  /// `closes_at` as it was after the entry `seq`.
  [[nodiscard]] events::TimeMs closes_at_seq(const PollRow& poll, events::Seq seq);

  [[nodiscard]] std::optional<EntryRow> entry(events::PollId id, events::Seq seq);
  /// At most `limit` entries.
  [[nodiscard]] EntryPage entries(const EntryFilter& filter, int limit);
  /// The voter's latest counted entry.
  [[nodiscard]] std::optional<EntryRow> standing(events::PollId id, const events::VoterTag& voter);

 private:
  pqxx::transaction_base& transaction_;
};

}  // namespace flashpoll::query
