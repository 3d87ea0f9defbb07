#include "infra/runtime/signals.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <future>

namespace flashpoll::runtime {
namespace {

// Runs `body` in a process of its own, as signals concern a whole process; its exit status.
template <typename Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(20);
    ::_exit(body());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("SIGTERM and SIGINT call the owner instead of ending the process") {
  for (const int signal : {SIGTERM, SIGINT}) {
    CHECK(in_child([signal] {
            block_stop_signals();
            std::promise<int> seen;
            StopSignals signals([&](int number) { seen.set_value(number); });
            ::kill(::getpid(), signal);
            return seen.get_future().get();
          }) == signal);
  }
}

TEST_CASE("a second signal ends a process that hangs in stopping") {
  CHECK(in_child([] {
          block_stop_signals();
          std::promise<void> never;
          StopSignals signals([](int) { ::kill(::getpid(), SIGTERM); });
          ::kill(::getpid(), SIGINT);
          never.get_future().wait();
          return 0;
        }) == 128 + SIGTERM);
}

TEST_CASE("the watcher goes without a signal") {
  CHECK(in_child([] {
          block_stop_signals();
          {
            const StopSignals signals([](int) {});
          }
          return 7;
        }) == 7);
}

}  // namespace flashpoll::runtime
