#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "command/line_verdict.h"

namespace flashpoll::command {

/// The lines of one bulk ingestion between being read and being told their answer, which they get
/// in the order in which they came. Bounded. Pure; one thread.
///
///   answer  = %s`{"line":` number `,` verdict `}` LF
///   verdict = %s`"seq":` number            ; counted
///           / %s`"repeat":` number         ; counted before
///           / %s`"code":"` code `"` [ %s`,"seq":` number ]
class BulkWindow {
 public:
  explicit BulkWindow(std::size_t lines) : slots_(lines) {}

  [[nodiscard]] bool has_room() const { return next_ - told_ < slots_.size(); }
  [[nodiscard]] bool empty() const { return next_ == told_; }

  /// A line comes in, when there is room; gives its number, from 1.
  [[nodiscard]] std::uint64_t add();
  /// What a line came to. Once for each line, in any order.
  void answer(std::uint64_t line, const LineVerdict& verdict);

  /// The answers that are due, as far as about `max_bytes` hold them: of all lines before the first
  /// one that still waits.
  [[nodiscard]] std::string take(std::size_t max_bytes);

  /// The last line of all: how many lines were told what.
  [[nodiscard]] std::string summary() const;

 private:
  void tell(std::string& out, std::uint64_t line, const LineVerdict& verdict);
  [[nodiscard]] LineVerdict& slot(std::uint64_t line) { return slots_[line % slots_.size()]; }

  std::vector<LineVerdict> slots_;
  std::uint64_t told_ = 0;  ///< lines that were told their answer
  std::uint64_t next_ = 0;  ///< lines that came
  std::uint64_t counted_ = 0;
  std::uint64_t repeats_ = 0;
};

}  // namespace flashpoll::command
