#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "infra/pg/connection.h"
#include "projector/row_sums.h"

namespace flashpoll::projector {

/// The number of each poll's latest entry, by `poll_id`.
using LastSeqs = std::unordered_map<std::int64_t, std::int64_t>;

/// Sums up the rows of poll_events and result_history in one schema, while it goes on: first all up
/// to certain entries, which cannot change any more, then those behind them. One thread calls.
class RowScan {
 public:
  RowScan(const pg::Target& target, std::string schema)
      : target_(target), schema_(std::move(schema)) {}

  /// Reads both tables from end to end, with several threads and connections.
  void up_to(const LastSeqs& last);
  /// The rest, in the caller's transaction, in which no row is added. `last`: now.
  void rest(pg::Connection& connection, const LastSeqs& last);

  [[nodiscard]] const SumsByPoll& sums() const { return sums_; }
  /// Whether the first reading met rows of a poll that was never opened.
  [[nodiscard]] bool has_strangers() const { return strangers_; }

 private:
  struct Part;
  [[nodiscard]] bool any_stranger(const std::unordered_set<std::int64_t>& unknown) const;
  [[nodiscard]] bool was_read(std::int64_t poll, std::int64_t seq, bool is_entry) const;
  void read_part(Part& part) const;

  const pg::Target target_;
  const std::string schema_;
  LastSeqs last_;
  SumsByPoll sums_;
  bool strangers_ = false;
};

}  // namespace flashpoll::projector
