#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "command/batches.h"
#include "command/bodies.h"
#include "command/bulk_window.h"
#include "command/handlers.h"
#include "command/line_cutter.h"

namespace flashpoll::command {

/// One bulk ingestion on its way: the lines of a body to the desk, their answers back. It reads on
/// only while its window has room, so that who does not take his answers, or is faster than the
/// desk, is held back. On its channel's I/O thread.
class BulkStream : public std::enable_shared_from_this<BulkStream> {
 public:
  /// `stays`: kept as long as the stream lives.
  static http::ChannelEvents open(Parts parts, std::shared_ptr<void> stays,
                                  std::shared_ptr<http::Channel> channel);
  BulkStream(Parts parts, std::shared_ptr<void> stays, std::shared_ptr<http::Channel> channel);

 private:
  /// Everything that can be done now: read lines, hand them over, tell answers, ask for more.
  void work();
  /// False when no whole line is at hand.
  bool take_line(std::vector<LineCommand>& lines);
  [[nodiscard]] Command command_for(const VoteLine& line);
  void hand_over(std::vector<LineCommand> lines);
  /// `all_taken`: no line is left that was not handed over.
  void send_answers(bool all_taken);

  Parts parts_;
  std::shared_ptr<void> stays_;
  std::shared_ptr<http::Channel> channel_;  ///< null: gone
  LineCutter lines_;
  BulkWindow window_;
  std::size_t usual_lines_ = 0;  ///< that were handed over last
  bool all_came_ = false;
  bool summed_up_ = false;
};

}  // namespace flashpoll::command
