#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "infra/runtime/clock.h"

namespace flashpoll::app {

/// `exported 40000 of 200000 records, 80000/s, 2 s left`.
[[nodiscard]] std::string progress_text(std::string_view what, std::uint64_t done,
                                        std::uint64_t total, std::int64_t elapsed_ms);

/// One line on stderr that is drawn over while something takes long, if stderr is a terminal.
/// One thread.
class ProgressLine {
 public:
  explicit ProgressLine(const runtime::Clock& clock);

  /// Draws at most ten times a second, and at the end; another `what` is another line.
  void show(std::string_view what, std::uint64_t done, std::uint64_t total);
  /// Draws any text in the same way. The last one stays.
  void draw(const std::function<std::string()>& text, bool last);

 private:
  const runtime::Clock& clock_;
  const bool visible_;
  std::string what_;
  std::int64_t began_ms_ = 0;
  std::int64_t drawn_ms_ = 0;
  bool ended_ = false;  ///< the last one stays
};

}  // namespace flashpoll::app
