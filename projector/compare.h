#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/ids.h"
#include "infra/pg/connection.h"

namespace flashpoll::projector {

/// What two schemas of read tables disagree on.
struct Differences {
  std::uint64_t count = 0;
  /// The first ones, one line each: table, and the row as either schema has it.
  std::vector<std::string> named;
  [[nodiscard]] bool none() const { return count == 0; }
};
inline constexpr std::size_t kNamedDifferences = 100;

/// Compares read tables that are in force (blue) with tables folded anew (green). One thread and
/// connection.
///
/// First `begin` and `immutable`, without a lock and in many short statements: entries and history
/// up to where green is. Then, when both are at the same positions and cannot move,
/// `latest_entries`, what came since, and `states`: polls, results, parked polls, strays,
/// positions.
class Comparison {
 public:
  /// `only`: the rows of one poll alone.
  Comparison(pg::Connection& connection, std::string blue, std::string green,
             std::optional<events::PollId> only);

  void begin();
  void immutable();
  void latest_entries();
  void states();

  [[nodiscard]] const Differences& differences() const { return differences_; }
  [[nodiscard]] std::uint64_t entries() const { return entries_; }

 private:
  struct Key {
    std::int64_t poll = -1;
    std::int64_t seq = 0;
  };
  [[nodiscard]] std::optional<Key> page_end(const Key& begin);
  void compare_page(const Key& begin, const Key& end);
  /// Two subqueries, row by row.
  void compare(const std::string& table, const std::string& blue, const std::string& green,
               const std::string& keys = "poll_id, seq");
  void note_beyond(const std::string& table, const std::string& condition);
  void note(const std::string& table, const pg::Result& rows);

  pg::Connection& connection_;
  const std::string blue_;
  const std::string green_;
  const std::string polls_;  ///< condition that selects the polls
  Differences differences_;
  std::uint64_t entries_ = 0;
};

}  // namespace flashpoll::projector
