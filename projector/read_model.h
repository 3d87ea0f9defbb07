#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "infra/pg/connection.h"
#include "projector/partition_fold.h"
#include "projector/row_params.h"

/// Writes rows and position of the read tables together.
namespace flashpoll::projector {

/// Which tables a ReadModel writes.
enum class Tables : std::uint8_t {
  serving,   ///< those that checkpoints.read_pointer names; a switch away makes writes fail
  building,  ///< those of a rebuild, which nobody reads yet: no notification
};

/// One schema of read tables on one connection. One thread. All members
/// throw Unavailable (pg::InDoubt among them): then throw the object away, make another one and
/// begin with `positions`, which says whether a write in doubt went through.
class ReadModel {
 public:
  /// `reader`: the vocabulary of this projector.
  ReadModel(pg::Connection connection, std::string schema, Tables tables, int reader);
  /// On a connection of its own, for the read tables that are in force now. Also throws
  /// Misconfigured when another version made them.
  [[nodiscard]] static std::unique_ptr<ReadModel> serving(const pg::Target& target, int reader);

  /// Committed positions, by partition.
  [[nodiscard]] std::map<ledger::Partition, StoredPosition> positions();
  /// Parked polls, by partition.
  [[nodiscard]] std::map<ledger::Partition, Stops> stops();

  /// Writes the steps in one transaction. Its first statement moves the positions from their old
  /// values; if another projector was there before, a newer one wrote, or readers were switched to
  /// other tables, nothing is written and the partitions that could not be moved are returned.
  /// Replaying a step that is written therefore changes nothing.
  [[nodiscard]] std::vector<ledger::Partition> write(std::span<const Step> steps);

  /// As `write`, for rows of one poll that come in portions, so that memory is bounded: `next`
  /// gives them until it gives none. `step` has none itself.
  [[nodiscard]] std::vector<ledger::Partition> write(
      Step step, const std::function<std::optional<RowChanges>()>& next);

  [[nodiscard]] const std::string& schema() const { return schema_; }
  [[nodiscard]] pg::Connection& connection() { return connection_; }
  [[nodiscard]] bool usable() const { return connection_.usable(); }

 private:
  [[nodiscard]] std::vector<ledger::Partition> move(std::span<const Step> steps);
  void put_rows(std::span<const Step> steps, const Results& results);
  void copy(const std::string& table, pg::CopyRows rows);
  void put_parked(const Step& step);
  void put_strays(const Step& step);
  [[nodiscard]] bool notify(const Results& rows);

  const std::string schema_;
  const Tables tables_;
  const int reader_;
  pg::Connection connection_;
};

/// The channel, and what is said of changed polls: schemas/notifications/README.md.
inline constexpr std::string_view kResultsChannel = "flashpoll_results";
[[nodiscard]] std::string results_payload(const Results& rows);

}  // namespace flashpoll::projector
