#include "infra/app/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace flashpoll::app {

namespace {

constexpr std::int64_t kFrameMs = 100;
constexpr std::uint64_t kSecondMs = 1'000;

}  // namespace

std::string progress_text(std::string_view what, std::uint64_t done, std::uint64_t total,
                          std::int64_t elapsed_ms) {
  const auto elapsed = static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed_ms, 1));
  std::string text(what);
  text += " " + std::to_string(done) + " of " + std::to_string(total) + " records, " +
          std::to_string(done * kSecondMs / elapsed) + "/s";
  if (done == 0 || done >= total) return text;
  const std::uint64_t left_ms = elapsed * (total - done) / done;
  const std::uint64_t left_s = (left_ms + kSecondMs - 1) / kSecondMs;
  return text + ", " + std::to_string(left_s) + " s left";
}

ProgressLine::ProgressLine(const runtime::Clock& clock)
    : clock_(clock), visible_(::isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (!visible_) return;
  if (what != what_) {
    what_ = what;
    began_ms_ = clock_.monotonic_ms();
    ended_ = false;
  }
  draw([&] { return progress_text(what, done, total, clock_.monotonic_ms() - began_ms_); },
       done >= total);
}

void ProgressLine::draw(const std::function<std::string()>& text, bool last) {
  const std::int64_t now_ms = clock_.monotonic_ms();
  if (!visible_ || ended_ || (!last && now_ms - drawn_ms_ < kFrameMs)) return;
  ended_ = last;
  drawn_ms_ = now_ms;
  std::fprintf(stderr, "\r%s\x1b[K%s", text().c_str(), last ? "\n" : "");
}

}  // namespace flashpoll::app
