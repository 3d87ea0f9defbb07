#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/codec.h"
#include "events/poll.h"

/// Rows of the read tables (schemas/postgres/read_tables.sql), as plain values.
namespace flashpoll::projector {

/// polls.state
enum class PollState : std::uint8_t { open, closed, hidden };
/// poll_results.status
enum class ResultStatus : std::uint8_t { open, closed, hidden, parked };

struct PollRow {
  events::PollOpened settings;  ///< `closes_at` as extended
  events::TimeMs opened_at = 0;
  events::TimeMs first_closes_at = 0;
  PollState state = PollState::open;
  std::uint32_t codes_issued = 0;
  std::optional<events::Ending> closed;
  /// Known only to the batch that holds the closing entry; empty leaves the stored value alone.
  std::optional<events::ClosedBy> closed_by;
  std::optional<events::Ending> hidden;
};

/// A row of poll_results, and without `status` of result_history.
struct ResultRow {
  events::PollId poll;
  events::Seq seq;
  events::TimeMs at = 0;
  std::vector<std::uint64_t> votes;
  std::uint64_t voters = 0;
  std::uint64_t counted = 0;
  std::uint64_t voided = 0;
  ResultStatus status = ResultStatus::open;
  bool operator==(const ResultRow&) const = default;
};

struct EntryRow {
  events::PollId poll;
  events::Seq seq;
  events::TimeMs at = 0;
  int type = 0;
  events::Reason reason = events::Reason::none;
  std::optional<events::VoterTag> voter;
  std::optional<events::Uuid> vote_id;
  std::optional<events::Choices> choices;
  std::optional<events::Seq> replaces;
  events::Choices added;
  events::Choices removed;
  std::optional<events::Seq> original;
  std::optional<std::string> body;  ///< canonical bytes of what is no vote
};

struct ParkedRow {
  events::PollId poll;
  std::int64_t offset = 0;
  std::string type;
  std::optional<events::Seq> seq;  ///< of the last entry before it; empty: never opened
  std::optional<events::TimeMs> at;
};

inline constexpr std::size_t kStrayKeyBytes = 64;
inline constexpr std::size_t kStrayValueBytes = 256;

struct StrayRow {
  std::int64_t offset = 0;
  events::TimeMs append_time = 0;
  events::StrayCause cause = events::StrayCause::not_json;
  std::string key;    ///< the first 64 bytes
  std::string value;  ///< the first 256 bytes
  std::uint64_t size = 0;
};

/// What a run of records changes. `results` and `polls` hold one row per poll, ascending by id;
/// `entries` and `history` are in the order of the records.
struct RowChanges {
  std::vector<EntryRow> entries;
  std::vector<ResultRow> history;
  std::vector<ResultRow> results;
  std::vector<PollRow> polls;
  std::vector<ParkedRow> parked;
  std::vector<StrayRow> strays;
};

}  // namespace flashpoll::projector
