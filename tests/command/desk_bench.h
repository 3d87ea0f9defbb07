#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "command/desk.h"
#include "tests/support/given.h"

/// Desks on one imagined ledger, without threads: the test says when a batch lands, when its report
/// comes and when a desk reads on.
namespace flashpoll::command::testing {

using namespace events::testing;

struct Landed {
  ledger::Partition partition;
  events::Position position;
  std::string key;
  std::string value;
};

class Bench {
 public:
  static constexpr ledger::Partition kPartitions = 3;

  explicit Bench(int nodes = 1, bool read_is_durable = true, std::size_t max_waiting = 100) {
    for (int node = 0; node < nodes; ++node) {
      DeskSettings settings;
      settings.partitions = kPartitions;
      settings.read_is_durable = read_is_durable;
      settings.max_waiting = max_waiting;
      settings.seed = static_cast<std::uint64_t>(node);
      settings.new_id = [this](TimeMs) { return uuid(next_id_++); };
      nodes_.push_back(std::make_unique<Node>(settings));
      nodes_.back()->desk.go_live();
    }
  }

  /// Sends a command to a node; the number finds its answer.
  RequestId send(Command command, int node = 0) {
    const RequestId id = next_request_++;
    nodes_[node]->desk.submit(id, std::move(command), now());
    collect(node);
    return id;
  }

  /// The ledger takes what a node has handed in, in order.
  void land(int node = 0) {
    for (const auto& append : std::exchange(nodes_[node]->handed_in, {})) {
      nodes_[node]->reports.emplace_back(append, land_entry(append.entry));
    }
  }
  ledger::Offset land_entry(const ledger::Entry& entry) {
    const ledger::Offset offset = ends_[entry.partition]++;
    ledger_.push_back({entry.partition, {offset, ledger_time_}, entry.key, entry.value});
    return offset;
  }
  ledger::Offset land_event(const events::Event& event) {
    const std::string key = events::poll_of(event).text();
    return land_entry({events::partition_of(key, kPartitions), key, events::encode(event)});
  }
  void land_bytes(PollId poll, std::string value) {
    const std::string key = poll.text();
    (void)land_entry({events::partition_of(key, kPartitions), key, std::move(value)});
  }

  /// A node learns what became of its appends.
  void report(int node = 0, ledger::AppendStatus status = ledger::AppendStatus::appended) {
    for (const auto& [append, offset] : std::exchange(nodes_[node]->reports, {})) {
      ledger::AppendResult result{status, {}};
      if (status == ledger::AppendStatus::appended) result.offset = offset;
      nodes_[node]->desk.appended(append.id, append.entry.partition, result);
    }
    collect(node);
  }
  /// The ledger throws away what a node has handed in, and says so.
  void fail(int node = 0) {
    for (const auto& append : std::exchange(nodes_[node]->handed_in, {})) {
      nodes_[node]->desk.appended(append.id, append.entry.partition,
                                  {ledger::AppendStatus::not_appended, {}});
    }
    collect(node);
  }
  /// A node reads all that the ledger holds.
  void read(int node = 0) {
    Node& n = *nodes_[node];
    for (; n.read < ledger_.size(); ++n.read) {
      const Landed& record = ledger_[n.read];
      n.desk.read({record.partition, record.position,
                   events::decode({record.partition, record.key, record.value}, kPartitions)},
                  now());
    }
    collect(node);
  }
  /// A node is told the ends it asked for.
  void look_up(int node = 0) {
    REQUIRE(std::exchange(nodes_[node]->wants_ends, false));
    const std::vector<ledger::Offset> ends(ends_, ends_ + kPartitions);
    nodes_[node]->desk.ends_known(ends, now());
    collect(node);
  }
  void look_up_fails(int node = 0) {
    REQUIRE(std::exchange(nodes_[node]->wants_ends, false));
    nodes_[node]->desk.ends_unknown();
    collect(node);
  }
  /// All that is on its way arrives, as on a quiet day.
  void settle() {
    for (int round = 0; round < 4; ++round) {
      for (int node = 0; node < static_cast<int>(nodes_.size()); ++node) {
        land(node);
        report(node);
        read(node);
        if (nodes_[node]->wants_ends) look_up(node);
      }
    }
  }

  /// Time goes on, everywhere.
  void pass(std::int64_t ms) {
    monotonic_ms_ += ms;
    wall_ms_ += ms;
    ledger_time_ += ms;
    for (int node = 0; node < static_cast<int>(nodes_.size()); ++node) {
      nodes_[node]->desk.tick(now());
      collect(node);
    }
  }
  void set_ledger_time(TimeMs ms) { ledger_time_ = ms; }
  void set_wall(TimeMs ms) { wall_ms_ = ms; }

  [[nodiscard]] bool answered(RequestId id) const { return answers_.contains(id); }
  [[nodiscard]] const Accepted& accepted(RequestId id) const {
    REQUIRE(answered(id));
    REQUIRE(std::holds_alternative<Accepted>(answers_.at(id)));
    return std::get<Accepted>(answers_.at(id));
  }
  [[nodiscard]] const Refused& refused(RequestId id) const {
    REQUIRE(answered(id));
    REQUIRE(std::holds_alternative<Refused>(answers_.at(id)));
    return std::get<Refused>(answers_.at(id));
  }
  [[nodiscard]] const Reply& reply(RequestId id) const { return answers_.at(id); }
  [[nodiscard]] std::size_t handed_in(int node = 0) const { return nodes_[node]->handed_in.size(); }
  [[nodiscard]] bool wants_ends(int node = 0) const { return nodes_[node]->wants_ends; }
  [[nodiscard]] const std::vector<Landed>& ledger() const { return ledger_; }
  [[nodiscard]] const events::Poll& poll(int node = 0, PollId id = kPoll) const {
    return *nodes_[node]->desk.fold_of(id).find(id);
  }
  [[nodiscard]] Desk& desk(int node = 0) { return nodes_[node]->desk; }

 private:
  struct Node {
    explicit Node(DeskSettings settings) : desk(std::move(settings)) {}
    Desk desk;
    std::vector<Effects::Append> handed_in;
    std::vector<std::pair<Effects::Append, ledger::Offset>> reports;
    std::size_t read = 0;
    bool wants_ends = false;
  };

  [[nodiscard]] Now now() const { return {wall_ms_, monotonic_ms_}; }
  void collect(int node) {
    Effects effects;
    nodes_[node]->desk.take(effects);
    for (auto& append : effects.appends) nodes_[node]->handed_in.push_back(std::move(append));
    for (auto& answer : effects.answers) {
      REQUIRE_MESSAGE(!answered(answer.request), "a request is answered once");
      answers_.emplace(answer.request, std::move(answer.reply));
    }
    if (effects.look_up_ends) nodes_[node]->wants_ends = true;
  }

  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<Landed> ledger_;
  ledger::Offset ends_[kPartitions] = {};
  std::map<RequestId, Reply> answers_;
  RequestId next_request_ = 1;
  std::uint8_t next_id_ = 150;
  TimeMs wall_ms_ = kStart;
  TimeMs ledger_time_ = kStart;
  std::int64_t monotonic_ms_ = 1'000'000;
};

inline Claim claim(const VoterTag& voter) { return {Claim::State::valid, voter}; }
inline CastVote vote(const VoterTag& voter, events::Choices choices, std::uint8_t vote_id,
                     std::optional<std::uint64_t> replaces = {}) {
  CastVote command{kPoll, {}, uuid(vote_id), std::move(choices), {}};
  command.claims.device = claim(voter);
  if (replaces) command.replaces = Seq(*replaces);
  return command;
}
inline RetractVote take_back(const VoterTag& voter, std::uint64_t seq) {
  RetractVote command{kPoll, {}, Seq(seq)};
  command.claims.device = claim(voter);
  command.ids[0] = uuid(static_cast<std::uint8_t>(voter.bytes[0] + 50));
  return command;
}
inline OpenPoll open_command(events::PollOpened event = lunch()) { return {std::move(event)}; }

/// A bench whose poll is open on all nodes.
inline Bench bench_with(events::PollOpened event, int nodes = 1, bool read_is_durable = true) {
  Bench bench(nodes, read_is_durable);
  const RequestId opening = bench.send(open_command(std::move(event)));
  bench.settle();
  CHECK(bench.accepted(opening).created);
  return bench;
}

}  // namespace flashpoll::command::testing
