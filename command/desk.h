#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "command/closer.h"
#include "command/commands.h"
#include "command/decide.h"
#include "command/waiting.h"
#include "events/fold.h"
#include "infra/ledger/ledger.h"

/// The desk: takes commands, decides, and answers each request by the first folded record that is
/// its own. A machine without I/O, threads or clocks: inputs are calls, outputs are taken as
/// `Effects`, so that it runs unchanged under simulation. One thread at a time.
namespace flashpoll::command {

struct Now {
  TimeMs wall_ms = 0;  ///< Unix time of this node
  std::int64_t monotonic_ms = 0;
};

struct DeskSettings {
  ledger::Partition partitions = 12;
  /// See `ledger::Ledger::read_is_durable`.
  bool read_is_durable = true;
  events::KeyFingerprint key{};
  std::size_t max_waiting = 65'536;
  std::int64_t deadline_ms = 5'000;
  std::int64_t catch_up_ms = 1'000;
  std::uint64_t seed = 0;
  /// Makes the ids of the events that the desk itself appends.
  std::function<Uuid(TimeMs)> new_id;
};

/// What the desk wants done. Taken after each input.
struct Effects {
  struct Append {
    AppendId id;
    ledger::Entry entry;
  };
  struct Answer {
    RequestId request;
    Reply reply;
  };
  std::vector<Append> appends;
  std::vector<Answer> answers;
  /// The end of all partitions is wanted; tell it by `ends_known` or `ends_unknown`.
  bool look_up_ends = false;
};

/// A record of the ledger, decoded.
struct FoldedRecord {
  ledger::Partition partition = 0;
  events::Position position;
  events::Decoded decoded;
};

class Desk {
 public:
  explicit Desk(DeskSettings settings);

  /// Puts a poll as a snapshot kept it. Before the first record only.
  void restore(PollId id, events::PollSlot slot);
  /// The first record of a partition will be at this offset or beyond.
  void start_at(ledger::Partition partition, ledger::Offset offset);
  /// The records up to the end that was asked at the start are folded: closings are announced from
  /// now on.
  void go_live() { live_ = true; }

  /// A request comes in. Refuses with `overloaded` when `max_waiting` requests wait.
  void submit(RequestId request, Command&& command, Now now);
  /// The same for one whom the caller has kept a place for, so that there is always room.
  void submit_placed(RequestId request, Command&& command, Now now);
  /// A hint without effect: this command is submitted soon.
  void expect(const Command& command) const;
  /// One record of the ledger, in the order of its partition.
  void read(const FoldedRecord& record, Now now);
  /// A hint without effect: this record is read soon.
  void expect(const FoldedRecord& record) const {
    partitions_[record.partition].fold.expect(record.decoded);
  }
  /// What became of an append.
  void appended(AppendId id, ledger::Partition partition, const ledger::AppendResult& result);
  /// The ledger did not take it: its bound was reached.
  void not_taken(AppendId id);
  /// The ends that were asked for after the last `look_up_ends`.
  void ends_known(std::span<const ledger::Offset> ends, Now now);
  void ends_unknown();
  /// Time passes: deadlines, closings, forgetting. At least every 50 ms.
  void tick(Now now);

  /// Takes them into one whose memory is used again.
  void take(Effects& effects);

  [[nodiscard]] std::size_t max_waiting() const { return settings_.max_waiting; }
  [[nodiscard]] ledger::Partition partitions() const { return settings_.partitions; }
  [[nodiscard]] const events::Fold& fold_of(PollId id) const;
  [[nodiscard]] ledger::Offset next_offset(ledger::Partition partition) const;
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct PartitionState {
    events::Fold fold;
    ledger::Offset next = 0;        ///< offset after the last record read
    ledger::Offset confirmed = -1;  ///< highest offset that an append was reported at
    /// Requests whose refusal waits until this offset is the next one.
    std::multimap<ledger::Offset, RequestId> behind;
    /// Requests whose verdict waits until a report vouches for this offset.
    std::multimap<ledger::Offset, RequestId> unconfirmed;
  };

  [[nodiscard]] ledger::Partition partition_of(PollId id) const;
  [[nodiscard]] Setting setting(Now now) const;
  void decide_for(Waiting& waiting, Command&& command, Now now);
  /// The same for one that was kept.
  void decide_again(Waiting& waiting, Now now);
  void append_for(Waiting& waiting, Command&& command, events::Event&& event);
  void stand_for(Waiting& waiting, Command&& command, Stands stands);
  void catch_up_first(Waiting& waiting, Command&& command);
  void start_look_up();
  void decide_behind(PartitionState& partition, Now now);
  void settle(const events::Judged& judged, ledger::Offset offset, Now now);
  void settle_parked(PollId id);
  void remember(const events::Judged& judged);
  void confirm(PartitionState& partition, ledger::Offset offset);
  /// The first folded record that is the request's own was accepted: answers, or keeps that until
  /// the record is known to be durable and the request's own append is reported.
  void accept(Waiting& waiting, Accepted&& verdict);
  /// The same for a verdict that was kept, if there is one.
  void accept_kept(Waiting& waiting);
  void finish(Waiting& waiting, Reply reply);
  /// Nothing was appended for this request, nor for those that waited for its event.
  void fail_append(AppendId id, events::Refusal refusal);
  void append_closings(Now now);
  void expire(Now now);
  [[nodiscard]] bool is_durable(ledger::Partition partition, ledger::Offset offset) const;

  DeskSettings settings_;
  std::vector<PartitionState> partitions_;
  WaitingList waiting_;
  RequestId next_to_catch_up_ = 0;    ///< those before have waited longer than `catch_up_ms`,
  RequestId next_to_give_up_on_ = 0;  ///< or `deadline_ms`
  Closer closer_;
  Effects effects_;
  boost::unordered_flat_map<PollId, ledger::Offset, std::hash<PollId>> last_offset_;
  std::multimap<TimeMs, PollId> voters_to_drop_;
  AppendId next_append_ = 1;
  bool looking_up_ = false;
  std::vector<RequestId> asked_;       ///< wait for the look-up in flight
  std::vector<RequestId> asked_late_;  ///< came after it began: wait for the next one
  bool live_ = false;
  TimeMs last_append_time_ = 0;
  std::int64_t last_append_seen_ms_ = 0;
};

}  // namespace flashpoll::command
