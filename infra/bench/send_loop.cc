#include <algorithm>
#include <chrono>
#include <vector>

#include "infra/bench/baseline.h"
#include "infra/bench/epoll_server.h"
#include "infra/bench/load.h"

namespace flashpoll::bench {

void serve_sender(std::uint16_t port, const std::string& frame, double per_second) {
  using Clock = std::chrono::steady_clock;
  const auto pause =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / per_second));
  std::vector<int> subscribers;
  EpollServer server(port, [&](int fd, std::string_view) { subscribers.push_back(fd); });
  Time next = Clock::now() + pause;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next - Clock::now());
    server.round(static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (Clock::now() < next) continue;
    next += pause;
    for (const int fd : subscribers) send_all(fd, frame);
  }
}

}  // namespace flashpoll::bench
