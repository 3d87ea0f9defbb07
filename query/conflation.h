#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "query/rows.h"
#include "query/view.h"

/// When to read a watched poll, and what to tell its subscribers. A machine without I/O, threads or
/// clocks. One thread at a time.
///
/// A change is told once it is read, at most once in `frame_gap_ms` and poll; what happens between
/// is never told by itself, as frames hold absolute counts. It waits `grace_ms` longer for a change
/// that comes right after the gap, and goes along with it: else, of a projector that writes at an
/// even pace, each frame could hold what was written just before its latest transaction. A
/// notification only says "read again": a lost one costs at most `sweep_ms`. Told seqs of a poll
/// never step back; an equal one is told again when the status or `closes_at` changed, also by the
/// clock alone.
namespace flashpoll::query {

struct Now {
  std::int64_t monotonic_ms = 0;  ///< for pacing
  events::TimeMs wall_ms = 0;     ///< for scheduled, open and closing
};

struct ConflationSettings {
  std::int64_t frame_gap_ms = 100;
  std::int64_t grace_ms = 15;
  std::int64_t sweep_ms = 1'000;  ///< everything watched is read at least this often
  std::int64_t min_back_off_ms = 10;
  std::int64_t max_back_off_ms = 200;
};

/// What one read found of a poll; null: not there.
struct ReadPoll {
  events::PollId poll;
  std::shared_ptr<const PollRow> row;
};

class Conflation {
 public:
  /// To be told to all subscribers of a poll.
  struct Frame {
    events::PollId poll;
    std::shared_ptr<const PollRow> row;
    Status status = Status::open;
  };
  struct Step {
    std::vector<events::PollId> reads;  ///< to be read now, all in one statement if possible
    std::vector<Frame> frames;          ///< in the order to be sent
  };

  explicit Conflation(ConflationSettings settings = {}) : settings_(settings) {}

  /// The poll is read at once. Watching it already: nothing.
  void watch(events::PollId poll, Now now);
  void unwatch(events::PollId poll);
  /// The poll has reached `seq` at least, or something else of it changed.
  void notified(events::PollId poll, events::Seq seq, Now now);
  /// Anything may have changed: after a reconnect, or when a notification names no polls. Heard at
  /// most once in `frame_gap_ms`, as it makes everything be read.
  void notified_all(Now now);
  /// Somebody has seen `seq` elsewhere and waits for it; forgotten after `until_ms` (monotonic), as
  /// nothing proves that it exists. Also keeps an unknown poll being looked for.
  void expect(events::PollId poll, events::Seq seq, std::int64_t until_ms, Now now);

  /// Answers to `reads`; each of them must come back here, or in `read_failed`. A row that is older
  /// than one seen before is ignored and read again.
  void rows_read(std::span<const ReadPoll> polls, Now now);
  void read_failed(std::span<const events::PollId> polls, Now now);

  /// What is due. Call it after any input, and when `next_ms` is reached.
  [[nodiscard]] Step tick(Now now);
  /// Monotonic time of the next thing to do.
  [[nodiscard]] std::int64_t next_ms() const;

  /// The newest row read; null when none was.
  [[nodiscard]] std::shared_ptr<const PollRow> row(events::PollId poll) const;
  [[nodiscard]] bool watches(events::PollId poll) const { return polls_.contains(poll); }
  [[nodiscard]] std::size_t size() const { return polls_.size(); }

 private:
  struct Told {
    events::Seq seq;
    Status status = Status::open;
    events::TimeMs closes_at = 0;
    bool hidden = false;
  };
  struct BackOff {
    std::int64_t wait_ms = 0;
    std::int64_t next_ms = 0;
  };
  struct Poll {
    std::shared_ptr<const PollRow> row;
    std::optional<Told> told;
    bool dirty = true;
    bool reading = false;
    events::Seq notified;
    events::Seq expected;
    std::int64_t expected_until_ms = 0;
    std::int64_t next_frame_ms = 0;
    std::int64_t next_read_ms = 0;
    BackOff lag;   ///< reads for what was notified
    BackOff hope;  ///< reads for what is expected: apart, as it may never come
    std::int64_t due_ms = 0;
  };
  using Polls = std::unordered_map<events::PollId, Poll>;

  void read_all(Now now);
  void look_at(Polls::iterator it, Now now, Step& step);
  void schedule(Polls::iterator it, Now now);
  [[nodiscard]] static bool is_behind(const Poll& poll);
  [[nodiscard]] static bool is_awaited(const Poll& poll, Now now);
  [[nodiscard]] static std::optional<std::int64_t> read_at(const Poll& poll, Now now);
  [[nodiscard]] static bool has_news(const Poll& poll, Now now);
  void back_off(BackOff& back_off, bool again, Now now) const;

  ConflationSettings settings_;
  Polls polls_;
  std::set<std::pair<std::int64_t, events::PollId>> due_;
  std::int64_t next_sweep_ms_ = 0;
  std::int64_t last_all_ms_ = 0;
};

}  // namespace flashpoll::query
