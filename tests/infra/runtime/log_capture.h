#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "infra/runtime/check.h"

namespace flashpoll::runtime {

/// A descriptor to log into, and the lines that came out. One thread reads, after the writing.
class LogCapture {
 public:
  LogCapture() {
    FP_CHECK(::pipe2(ends_, O_NONBLOCK | O_CLOEXEC) == 0, "there are pipes");
    FP_CHECK(::fcntl(ends_[1], F_SETPIPE_SZ, 1 << 20) > 0, "a pipe can hold a test's lines");
  }
  ~LogCapture() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  [[nodiscard]] int descriptor() const { return ends_[1]; }

  std::vector<std::string> lines() {
    std::string text;
    char piece[4096];
    for (ssize_t got = 0; (got = ::read(ends_[0], piece, sizeof piece)) > 0;) {
      text.append(piece, static_cast<std::size_t>(got));
    }
    std::vector<std::string> lines;
    for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos;
         text.erase(0, end + 1)) {
      lines.push_back(text.substr(0, end));
    }
    FP_CHECK(text.empty(), "every line is whole");
    return lines;
  }

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace flashpoll::runtime
