#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace flashpoll::command {

/// Cuts a text that comes piece by piece into its lines, which end with LF; a last one need not.
/// Holds one piece and one line. Pure; one thread.
class LineCutter {
 public:
  /// `limit`: bytes of a line without its end. Of a longer one the beginning is not kept.
  explicit LineCutter(std::size_t limit) : limit_(limit) {}

  struct Line {
    std::string_view text;  ///< lives until `add`; empty when too long
    bool too_long = false;
  };

  void add(std::string_view piece);
  /// There will be no more pieces.
  void end() { ended_ = true; }
  /// The next whole line; nothing when more pieces must come first, or none will.
  [[nodiscard]] std::optional<Line> next();

 private:
  std::size_t limit_;
  std::string text_;
  std::size_t taken_ = 0;    ///< of it
  std::size_t scanned_ = 0;  ///< no line end before, after what was taken
  bool skipping_ = false;    ///< the beginning of the line was thrown away: it is too long
  bool ended_ = false;
};

}  // namespace flashpoll::command
