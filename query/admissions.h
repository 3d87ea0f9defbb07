#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "query/caller.h"
#include "query/conflation.h"
#include "query/watchers.h"

/// From the wish to watch a poll to the first frame. A machine without I/O, threads or clocks; the
/// hub's thread.
namespace flashpoll::query {

/// A subscription begins. `first` is not older than what the client has seen.
struct Admitted {
  Watchers::Hold hold;  ///< to be kept as long as the subscription
  bool has_voted = false;
  std::shared_ptr<const Announcement> first;
};
/// The result is final and the client has seen the last of it.
struct SeenToTheEnd {
  std::shared_ptr<const Announcement> last;
};
using Admission = std::variant<Admitted, SeenToTheEnd, Refused>;

struct Asking {
  Watchers::Hold hold;
  std::optional<events::Seq> after;  ///< what the client has seen
  Caller caller;
  std::function<void(Admission)> answer;  ///< called once
};

struct AdmissionSettings {
  std::int64_t unknown_ms = 500;   ///< how long an unknown poll is waited for
  std::int64_t behind_ms = 2'000;  ///< how long the read side may be behind
};

class Admissions {
 public:
  /// What the hub knows of a poll.
  struct Known {
    std::shared_ptr<const Announcement> newest;  ///< null: nothing told yet
    std::shared_ptr<const PollRow> row;
    bool missing = false;  ///< a read found no such poll
    bool parked = false;   ///< nor will there be one: its id is parked
  };
  /// A ballot to be looked for; hand the answer to `looked_up`.
  struct LookUp {
    std::uint64_t id = 0;
    events::PollId poll;
    events::VoterTag voter;
  };

  explicit Admissions(const Identity& identity, AdmissionSettings settings = {})
      : identity_(identity), settings_(settings) {}

  void ask(Asking asking, Now now);
  /// Answers who can be answered. To be called after `ask` and whenever something of the poll
  /// changed.
  void settle(events::PollId poll, const Known& known, Now now);
  [[nodiscard]] std::vector<LookUp> take_look_ups() { return std::exchange(look_ups_, {}); }
  /// Empty `has_voted`: it could not be looked up. Returns the poll to be settled, if anybody
  /// still asks.
  std::optional<events::PollId> looked_up(std::uint64_t id, std::optional<bool> has_voted);

  /// Polls whose askers have waited long enough for one thing or another: settle them.
  [[nodiscard]] std::vector<events::PollId> due(Now now);
  [[nodiscard]] std::int64_t next_ms() const;
  /// Refuses all who wait.
  void refuse_all(events::Refusal refusal);
  [[nodiscard]] std::size_t size() const { return polls_of_.size(); }

 private:
  struct Waiting {
    std::uint64_t id = 0;
    Asking asking;
    std::int64_t unknown_until_ms = 0;
    std::int64_t behind_until_ms = 0;
    bool looking_up = false;
    std::optional<bool> has_voted{};
  };

  [[nodiscard]] std::optional<Admission> verdict(Waiting& waiting, const Known& known, Now now);
  [[nodiscard]] bool needs_look_up(Waiting& waiting, const PollRow& row);
  void set_alarm(std::int64_t at_ms, events::PollId poll);

  const Identity& identity_;
  const AdmissionSettings settings_;
  std::unordered_map<events::PollId, std::vector<Waiting>> waiting_;
  std::unordered_map<std::uint64_t, events::PollId> polls_of_;
  std::set<std::pair<std::int64_t, events::PollId>> alarms_;
  std::vector<LookUp> look_ups_;
  std::uint64_t next_id_ = 1;
};

}  // namespace flashpoll::query
