#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "command/commands.h"
#include "command/line_verdict.h"
#include "command/waiting.h"

namespace flashpoll::command {

/// A line that is a command.
struct LineCommand {
  std::uint64_t line = 0;
  Command command;
};
struct LineReply {
  std::uint64_t line = 0;
  LineVerdict verdict;
};

/// Lines that are handed to the desk together.
struct Batch {
  std::vector<LineCommand> lines;
  /// Called with the replies that one turn of the desk brought, in any order, until each line has
  /// its own. On the desk's thread; must not block.
  std::function<void(std::vector<LineReply>)> on_replies;
};

/// The batches in front of the desk, which go in one after the other while there are places, and
/// those at the desk, whose replies are gathered. Single requests thus keep the places that batches
/// may not take. One thread.
class Batches {
 public:
  explicit Batches(std::size_t places) : places_(places) {}

  void add(Batch batch);
  /// Whether the next batch has places. One that is larger than all places goes in alone.
  [[nodiscard]] bool has_next() const;
  /// The lines of the next batch, which are requests from the number `first` on.
  [[nodiscard]] std::vector<LineCommand> admit(RequestId first);

  /// Takes the reply to a request. False when that is of no batch.
  [[nodiscard]] bool take(RequestId request, const Reply& reply);
  /// Hands out the replies that were taken.
  void tell();

 private:
  struct AtDesk {
    std::vector<std::uint64_t> lines;  ///< of the requests, in their order
    std::size_t left = 0;
    std::function<void(std::vector<LineReply>)> on_replies;
    std::vector<LineReply> ready;
  };

  std::size_t places_;
  std::size_t taken_ = 0;
  std::deque<Batch> waiting_;
  std::map<RequestId, AtDesk> at_desk_;  ///< by the first request
  std::vector<RequestId> ready_;         ///< batches with replies to be told
};

}  // namespace flashpoll::command
