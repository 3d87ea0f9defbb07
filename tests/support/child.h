#pragma once

#include <pwd.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace flashpoll::test {

using Words = std::vector<std::string>;

struct ChildOptions {
  std::string log;               ///< where its output is appended
  const passwd* user = nullptr;  ///< who it runs as, when this is root
  int death_signal = 0;          ///< sent to it when the thread that started it ends
};

/// Starts a program. Throws std::runtime_error when the process cannot be made; a program that
/// cannot be run ends with 127.
[[nodiscard]] pid_t spawn(const Words& command, const ChildOptions& options);

/// Its exit code, or -1 when a signal ended it.
[[nodiscard]] int run(const Words& command, const ChildOptions& options);

}  // namespace flashpoll::test
