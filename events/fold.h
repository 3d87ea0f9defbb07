#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "events/codec.h"
#include "events/poll.h"

/// The fold: the polls of one partition, and what each record did to them. Pure and total: no
/// clock, no randomness, no I/O; the same records give the same outcomes on every node.
namespace flashpoll::events {

/// Place and time of a record in the ledger.
struct Position {
  std::int64_t offset = 0;
  TimeMs append_time = 0;  ///< raw: may step back
};

/// A record that got a number in its poll. The references live until the next call of `fold`.
struct Judged {
  const Poll& poll;  ///< after the record
  const Event& event;
  Seq seq;
  TimeMs at = 0;
  Reason reason = Reason::none;      ///< none: counted
  std::optional<Standing> before{};  ///< the voter's latest counted entry until this record
  [[nodiscard]] bool counted() const { return reason == Reason::none; }
  /// Choices of the ballot that stands from now on; empty: none came.
  [[nodiscard]] const Choices& added() const;
  /// Choices of the ballot that stood until now; empty: none went.
  [[nodiscard]] const Choices& removed() const;
};

/// A record of an unknown type stopped this poll. Later records of the poll give `Skipped`.
struct Parked {
  PollId poll;
  std::string type;
};

/// A record without effect: the poll is parked, or a snapshot's part already holds the record.
struct Skipped {
  PollId poll;
};

using Outcome = std::variant<Judged, Parked, Skipped, Stray>;

/// A poll that stopped at a record which this build cannot read.
struct ParkedPoll {
  std::int64_t offset = 0;  ///< of the record that parked it
  std::string type;
};

/// One poll of a fold with all that a snapshot keeps of it.
struct PollSlot {
  std::unique_ptr<Poll> poll;  ///< null while a poll id is parked that was never opened
  std::optional<ParkedPoll> parked;
  std::int64_t from_offset = 0;  ///< records below are already folded in
};

/// Far enough for memory to answer, near enough for the cache to hold what it answered.
inline constexpr std::size_t kExpectAhead = 16;

/// For who goes through many records: calls `expect` of each once, `kExpectAhead` or more before
/// its turn, of the first ones at the beginning. Of several in a row, since a hint that needs a
/// page's address waits for that, and a processor looks up some of them at once.
template <typename Expect>
void expect_ahead(std::size_t turn, std::size_t records, Expect expect) {
  if (turn % kExpectAhead != 0) return;
  const std::size_t end = std::min(turn + 2 * kExpectAhead, records);
  for (std::size_t i = turn == 0 ? 0 : turn + kExpectAhead; i < end; ++i) expect(i);
}

class Fold {
 public:
  /// Folds one decoded record. `record` must outlive the outcome. Records of a partition come in
  /// the order of their offsets.
  [[nodiscard]] Outcome fold(const Position& position, const Decoded& record);
  /// A hint without effect: this record is folded soon. What the fold needs of memory is fetched
  /// meanwhile.
  void expect(const Decoded& record) const;
  void expect(PollId id, const VoterTag& voter) const;

  /// Null when the poll was never opened here.
  [[nodiscard]] const Poll* find(PollId id) const;
  [[nodiscard]] const PollSlot* slot(PollId id) const;
  [[nodiscard]] bool is_parked(PollId id) const;
  void each(const std::function<void(PollId, const PollSlot&)>& visit) const;
  [[nodiscard]] std::size_t size() const { return polls_.size(); }

  /// Puts a poll as a snapshot kept it, or as un-parking refolded it; replaces what is there.
  void put(PollId id, PollSlot slot);
  /// Forgets the voters of a closed poll: memory policy, no rule needs them (reason 3 comes first).
  void drop_voters(PollId id);

 private:
  [[nodiscard]] Outcome fold_event(const Position& position, const Event& event);
  boost::unordered_flat_map<PollId, PollSlot, std::hash<PollId>> polls_;
};

}  // namespace flashpoll::events
