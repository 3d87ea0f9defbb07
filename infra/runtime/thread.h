#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace flashpoll::runtime {

/// Names the calling thread for `top -H`, debuggers and core dumps: at most 15 bytes.
void name_this_thread(const std::string& name);

/// Starts `run` (with or without a std::stop_token) on a thread of that name. The thread is told to
/// stop, and joined, when the returned object goes.
template <typename Run>
[[nodiscard]] std::jthread start_thread(std::string name, Run run) {
  return std::jthread([name = std::move(name), run = std::move(run)](std::stop_token stop) mutable {
    name_this_thread(name);
    if constexpr (std::is_invocable_v<Run&, std::stop_token>) {
      run(std::move(stop));
    } else {
      run();
    }
  });
}

/// Rests between two tries, but not longer than until `stop` is asked for. False when it is.
bool pause(const std::stop_token& stop, std::chrono::microseconds length);

}  // namespace flashpoll::runtime
