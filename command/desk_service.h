#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "command/batches.h"
#include "command/desk.h"
#include "infra/ledger/ledger.h"
#include "infra/runtime/bounded_queue.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/log.h"

namespace flashpoll::command {

/// Called once, on the desk's thread; must not block.
using OnReply = std::function<void(Reply)>;

/// The desk with its threads: one owns the desk, one reads the tail and decodes, one asks for ends.
/// Constructed, started and stopped by one thread; `submit` and the figures by any.
class DeskService {
 public:
  struct Ports {
    ledger::Ledger& ledger;
    ledger::Tail& tail;  ///< starts where the desk's state ends
    const runtime::Clock& clock;
    runtime::Log& log;
  };
  /// `desk` holds what a snapshot kept. `on_corrupt` is called once, on the tail's thread, when the
  /// ledger contradicts itself: the process has to end.
  DeskService(Ports ports, Desk desk, std::function<void(const std::string&)> on_corrupt);
  ~DeskService();

  /// Asks the ledger's ends and starts the threads. Throws Unavailable.
  void start();
  /// Whether everything that the ledger held at `start` is folded.
  [[nodiscard]] bool is_live() const { return live_; }
  /// Answers what is pending as far as it comes within `wait`, then stops. What is left gets
  /// `outcome_unknown`.
  void stop(std::chrono::milliseconds wait);

  /// Never blocks. Refused with `not_ready` before the desk is live, `overloaded` when its queue is
  /// full.
  void submit(Command command, OnReply on_reply);
  /// Hands over many at once. Never blocks and never refuses one for want of room: they wait in
  /// front of the desk, and how many that may be is their caller's care. False, and nothing done,
  /// when the desk is not live.
  [[nodiscard]] bool submit_batch(Batch batch);

  [[nodiscard]] std::size_t waiting() const { return waiting_; }

 private:
  struct Submission {
    Command command;
    OnReply on_reply;
  };
  using Records = std::vector<FoldedRecord>;
  struct Report {
    std::vector<std::pair<AppendId, ledger::Partition>> appends;
    std::vector<ledger::AppendResult> results;
  };
  struct Ends {
    std::vector<ledger::Offset> offsets;  ///< empty: could not be asked
  };
  using Input = std::variant<Submission, Batch, Records, Report, Ends>;

  void run();
  void read_tail(const std::stop_token& stop);
  void answer_look_ups();
  /// A hint without effect: this input is taken in soon.
  void expect(const Input& input) const;
  void take_in(Input& input, Now now);
  /// What is still in front of the desk at the end stays there.
  [[nodiscard]] bool can_admit() const { return !draining_ && batches_.has_next(); }
  void read(const Records& records, Now now);
  void admit_batches(Now now);
  void carry_out();
  void deliver(Effects::Answer& answer);
  void append(std::vector<Effects::Append>& appends);
  void go_live_when_caught_up();
  void refuse_the_rest();
  [[nodiscard]] Now now() const;

  Ports ports_;
  std::function<void(const std::string&)> on_corrupt_;
  Desk desk_;
  std::size_t max_waiting_;
  /// Shared with the reports of appends, which may come after this object went.
  std::shared_ptr<runtime::BoundedQueue<Input>> inbox_;
  runtime::BoundedQueue<bool> look_ups_{1};
  /// Batches that the tail may be ahead of the desk.
  std::counting_semaphore<> tail_batches_;
  boost::unordered_flat_map<RequestId, OnReply> callbacks_;
  Batches batches_;
  Effects effects_;  ///< of one turn
  Effects refused_;  ///< by the ledger, of one turn
  RequestId next_request_ = 1;
  std::vector<ledger::Offset> ends_at_start_;
  std::atomic<bool> live_ = false;
  std::atomic<std::size_t> submitted_ = 0;
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<bool> draining_ = false;
  std::jthread desk_thread_;
  std::jthread tail_thread_;
  std::jthread look_up_thread_;
};

}  // namespace flashpoll::command
