#include "command/line_cutter.h"

#include <algorithm>
#include <utility>

namespace flashpoll::command {

void LineCutter::add(std::string_view piece) {
  scanned_ -= std::min(scanned_, taken_);
  text_.erase(0, std::exchange(taken_, 0));
  text_ += piece;
}

std::optional<LineCutter::Line> LineCutter::next() {
  const std::size_t begin = taken_;
  const std::size_t end = text_.find('\n', std::max(begin, scanned_));
  if (end == std::string::npos && !ended_) {
    scanned_ = text_.size();
    if (text_.size() - begin > limit_) {
      skipping_ = true;
      taken_ = text_.size();
    }
    return std::nullopt;
  }
  const std::string_view line = std::string_view(text_).substr(begin, end - begin);
  taken_ = end == std::string::npos ? text_.size() : end + 1;
  if (end == std::string::npos && line.empty() && !skipping_) return std::nullopt;
  const bool too_long = std::exchange(skipping_, false) || line.size() > limit_;
  return Line{too_long ? std::string_view() : line, too_long};
}

}  // namespace flashpoll::command
