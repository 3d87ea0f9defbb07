#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "events/event.h"
#include "events/reason.h"

/// State of one poll, and the rules that judge an event against it. Pure.
namespace flashpoll::events {

/// A voter's latest counted entry.
struct Standing {
  Seq seq;
  TimeMs at = 0;
  bool retracted = false;  ///< the entry is a retraction: no ballot stands
  Uuid vote_id;
  std::optional<Seq> replaces;
  Choices choices;  ///< empty when retracted
};

/// Latest counted entry per voter: 56 bytes, and 20 in the table by which it is found. Above a few
/// thousand voters both are kept in 256 parts by the tag's first byte, so that growing never stalls
/// the thread.
class Voters {
 public:
  [[nodiscard]] std::optional<Standing> find(const VoterTag& voter) const;
  void put(const VoterTag& voter, const Standing& standing);
  void clear();
  [[nodiscard]] std::size_t size() const { return size_; }
  /// In no particular order: nothing that the fold yields may depend on it.
  void each(const std::function<void(const VoterTag&, const Standing&)>& visit) const;
  /// The parts it is kept in now, to walk it piece by piece.
  [[nodiscard]] std::size_t parts() const { return parts_.size(); }
  void each_of(std::size_t part,
               const std::function<void(const VoterTag&, const Standing&)>& visit) const;

 private:
  struct Cell {
    Uuid vote_id;
    std::uint64_t seq = 0;
    std::uint64_t replaces = 0;     ///< kNone when absent
    std::uint64_t at_and_kind = 0;  ///< time << 16 | retracted << 8 | number of choices
    std::array<std::uint8_t, 15> choices{};
  };
  static_assert(sizeof(Cell) == 56);
  struct TagHash {
    std::size_t operator()(const VoterTag& tag) const noexcept;
  };
  /// Cells lie in the order in which the voters came: the table that is searched, and that moves
  /// when it grows, is a quarter of what it would be with the cells in it.
  struct Part {
    boost::unordered_flat_map<VoterTag, std::uint32_t, TagHash> places;
    std::vector<Cell> cells;
    void put(const VoterTag& voter, const Cell& cell);
  };

  [[nodiscard]] std::size_t part_of(const VoterTag& voter) const;
  [[nodiscard]] Standing unpack(const VoterTag& voter, const Cell& cell) const;
  void split();

  std::vector<Part> parts_ = std::vector<Part>(1);
  /// Choices of ballots that do not fit into a cell.
  boost::unordered_flat_map<VoterTag, std::vector<std::uint8_t>, TagHash> long_ballots_;
  std::size_t size_ = 0;
};

/// An entry that ended the poll.
struct Ending {
  Seq seq;
  TimeMs at = 0;
};

struct Poll {
  PollOpened settings;               ///< as opened, but `closes_at` as extended
  Seq next_seq;                      ///< number of the next record of this poll
  TimeMs at = 0;                     ///< time of the last record: never steps back
  TimeMs opened_at = 0;              ///< time of the opening
  TimeMs first_closes_at = 0;        ///< `closes_at` as opened, before any extension
  std::vector<std::uint64_t> votes;  ///< per choice
  std::uint64_t standing = 0;        ///< voters with a standing ballot
  std::uint64_t counted = 0;         ///< counted entries, all types
  std::uint64_t voided = 0;
  std::uint32_t codes_issued = 0;
  std::optional<Ending> closed;  ///< by a closing or a hiding entry, whichever came first
  std::optional<Ending> hidden;
  std::optional<Ending> extended;  ///< the latest counted extension
  std::optional<Ending> issued;    ///< the latest counted issue of codes
  Voters voters;
};

/// Whether this request is the voter's latest counted entry: voter, vote_id, type and content
/// alike.
[[nodiscard]] bool is_repeat(const Standing& standing, const VoteCast& vote);
[[nodiscard]] bool is_repeat(const Standing& standing, const VoteRetracted& retraction);

/// The verdict on an event of an existing poll that is appended at `at` (already max'ed with the
/// poll's): `none` when it counts, else the first reason that applies. `original` gets the voter's
/// latest counted entry where the event has a voter who has one.
[[nodiscard]] Reason judge(const Poll& poll, const Event& event, TimeMs at,
                           std::optional<Standing>* original = nullptr);

}  // namespace flashpoll::events
