#include "infra/runtime/clock.h"

#include <chrono>

namespace flashpoll::runtime {
namespace {

template <typename Source>
std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Source::now().time_since_epoch())
      .count();
}

}  // namespace

std::int64_t SystemClock::wall_ms() const {
  return now_ms<std::chrono::system_clock>() + wall_offset_ms_;
}

std::int64_t SystemClock::monotonic_ms() const { return now_ms<std::chrono::steady_clock>(); }

}  // namespace flashpoll::runtime
