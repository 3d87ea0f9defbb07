#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "command/by_number.h"
#include "command/commands.h"
#include "infra/ledger/ledger.h"

namespace flashpoll::command {

/// Numbers that the caller, respectively the desk, gives out; ascending, never reused.
using RequestId = std::uint64_t;
using AppendId = std::uint64_t;

/// A request on its way to its answer. Small: very many wait, and each step finds them out of the
/// cache.
struct Waiting {
  RequestId id = 0;
  std::int64_t since_ms = 0;  ///< monotonic
  ledger::Partition partition = 0;

  /// Everything that was in the ledger when the request came in is folded: any refusal may be told.
  bool caught_up = false;
  /// A report without offset confirmed this record.
  bool confirmed = false;

  std::optional<AppendId> append{};            ///< own append whose report is still to come
  std::optional<ledger::Offset> own_offset{};  ///< where it was reported

  /// Where the first folded record is that is its own; `verdict` is what it says.
  ledger::Offset folded_offset = 0;

  Waiting* next_alike = nullptr;  ///< the list's own: the next one of the same fingerprint

  /// The event that was appended for this request.
  std::optional<events::Event> event{};
  /// Where it may have to be decided (again).
  std::unique_ptr<Command> command{};
  /// Where the ledger's report of it is still to come.
  std::unique_ptr<Accepted> verdict{};
};

/// The requests that wait, found by their number, by what they wait for, and by age.
class WaitingList {
 public:
  using Found = boost::container::small_vector<Waiting*, 4>;

  /// Stays where it is until erased. Requests come in the order of their numbers and times.
  Waiting& add(RequestId id, ledger::Partition partition, std::int64_t since_ms);
  [[nodiscard]] Waiting* find(RequestId id) { return by_id_.find(id); }
  [[nodiscard]] std::size_t size() const { return places_.size() - free_.size(); }

  /// Sets the request's event and lets records find it by that, instead of by one set before.
  /// Returns the others that wait for this very event, oldest first.
  Found set_event(Waiting& waiting, events::Event&& event);
  /// The requests that wait for this very event, oldest first.
  [[nodiscard]] Found waiting_for(const events::Event& event) const;

  void set_append(Waiting& waiting, AppendId append);
  /// The request of this append, if it still waits; the append is then no longer awaited.
  [[nodiscard]] Waiting* take_append(AppendId append);

  /// The requests of a poll whose event is on its way, oldest first.
  [[nodiscard]] Found on_their_way(PollId poll) const;
  /// Requests that came at or before `since_ms`, oldest first, from the number `next` on, which
  /// moves behind them: who keeps it sees each request once.
  [[nodiscard]] Found older_than(std::int64_t since_ms, RequestId& next) const;

  void erase(Waiting& waiting);

 private:
  void unindex_event(Waiting& waiting);

  std::deque<Waiting> places_;
  std::vector<Waiting*> free_;  ///< places used again: last left, first taken
  ByNumber<Waiting> by_id_;     ///< by age, too
  ByNumber<Waiting> by_append_;
  /// The oldest of those whose events have the same fingerprint; the others follow it.
  boost::unordered_flat_map<std::uint64_t, Waiting*> by_event_;
};

}  // namespace flashpoll::command
