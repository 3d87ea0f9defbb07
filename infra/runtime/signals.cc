#include "infra/runtime/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <utility>

#include "infra/runtime/check.h"
#include "infra/runtime/thread.h"

namespace flashpoll::runtime {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

void watch(int signals, int quit, const std::function<void(int)>& on_stop) {
  bool stopping = false;
  while (true) {
    std::array<pollfd, 2> ready = {{{signals, POLLIN, 0}, {quit, POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;  // EINTR
    if (ready[1].revents != 0) return;
    signalfd_siginfo info;
    if (::read(signals, &info, sizeof info) != sizeof info) continue;
    const int signal = static_cast<int>(info.ssi_signo);
    if (stopping) std::_Exit(128 + signal);
    stopping = true;
    on_stop(signal);
  }
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  FP_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0, "signals can be blocked");
  FP_CHECK(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR, "SIGPIPE can be ignored");
}

StopSignals::StopSignals(std::function<void(int)> on_stop) {
  const sigset_t set = stop_signals();
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  quit_ = ::eventfd(0, EFD_CLOEXEC);
  FP_CHECK(signals_ >= 0 && quit_ >= 0, "there are descriptors for signals");
  thread_ = start_thread("signals",
                         [s = signals_, q = quit_, f = std::move(on_stop)] { watch(s, q, f); });
}

StopSignals::~StopSignals() {
  const std::uint64_t one = 1;
  FP_CHECK(::write(quit_, &one, sizeof one) == sizeof one, "the signal thread hears the end");
  thread_.join();
  ::close(signals_);
  ::close(quit_);
}

}  // namespace flashpoll::runtime
