#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "infra/runtime/mutex.h"

/// Text on a terminal, and results on stdout. Text is UTF-8.
namespace flashpoll::app {

/// What strangers wrote, harmless on a terminal: controls (C0, DEL, C1), marks that turn the
/// direction of writing, and bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns that printable text takes: combining marks 0, wide scripts and pictures 2. A short table
/// of the ranges of Unicode TR 11 that matter, not all of it.
[[nodiscard]] int columns_of(std::string_view printable);

/// Cut with an ellipsis to at most `columns`, or filled up with spaces to exactly that.
[[nodiscard]] std::string fit(std::string_view printable, int columns);

/// A result for stdout, written at once. Throws std::runtime_error when stdout takes nothing.
void print(std::string_view text);

/// Whether stdout is a terminal, and how wide; 80 where nobody knows.
[[nodiscard]] bool is_terminal();
[[nodiscard]] int terminal_columns();

/// A few lines at the bottom of the terminal that are drawn over and over.
class Screen {
 public:
  /// One thread. Lines must not be wider than the terminal.
  void draw(const std::vector<std::string>& lines) FP_EXCLUDES(mutex_);

  /// Ends the process with code 0; what was drawn last stays. Any thread: Ctrl-C.
  [[noreturn]] void end_process() FP_EXCLUDES(mutex_);

 private:
  runtime::Mutex mutex_;
  std::size_t height_ FP_GUARDED_BY(mutex_) = 0;
};

}  // namespace flashpoll::app
