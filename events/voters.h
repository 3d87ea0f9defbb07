#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "events/event.h"
#include "events/place_index.h"

/// Who has voted in one poll, and how. Pure.
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

/// Latest counted entry per voter: a cell of 64 bytes, a cache line, in the order in which the
/// voters came, and an index of 8-byte slots by which cells are found: a new voter costs one access
/// to memory that is not at hand. However many voters there are, growing never stalls the thread.
class Voters {
 public:
  [[nodiscard]] std::optional<Standing> find(const VoterTag& voter) const;
  void put(const VoterTag& voter, const Standing& standing);
  /// A hint without effect: `find` and `put` of this voter come soon.
  void expect(const VoterTag& voter) const;
  void clear() { *this = Voters(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Nothing that the fold yields may depend on the order.
  void each(const std::function<void(const VoterTag&, const Standing&)>& visit) const;
  /// Parts of bounded size, to walk them piece by piece.
  [[nodiscard]] std::size_t parts() const { return blocks_.size(); }
  void each_of(std::size_t part,
               const std::function<void(const VoterTag&, const Standing&)>& visit) const;

 private:
  struct Cell {
    VoterTag voter;
    Uuid vote_id;
    std::uint64_t seq = 0;
    std::uint64_t replaces = 0;             ///< kNone when absent
    std::uint64_t at_and_kind = 0;          ///< time << 16 | retracted << 8 | number of choices
    std::array<std::uint8_t, 8> choices{};  ///< what the line has room for beside the tag
  };
  static_assert(sizeof(Cell) == 64);

  [[nodiscard]] std::uint32_t place_of(const VoterTag& voter) const;
  [[nodiscard]] Cell pack(std::uint32_t place, const VoterTag& voter, const Standing& standing);
  [[nodiscard]] Standing unpack(std::uint32_t place) const;
  [[nodiscard]] const Cell& cell(std::uint32_t place) const;
  void add(const Cell& cell);

  PlaceIndex places_;
  std::vector<std::vector<Cell>> blocks_;  ///< all but the last are full
  std::size_t size_ = 0;
  /// Choices of ballots that do not fit into a cell, by its place.
  boost::unordered_flat_map<std::uint32_t, std::vector<std::uint8_t>> long_ballots_;
};

}  // namespace flashpoll::events
