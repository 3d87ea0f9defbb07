#include "infra/bench/baseline.h"
#include "infra/bench/epoll_server.h"

namespace flashpoll::bench {

void serve_floor(std::uint16_t port, const std::string& answer) {
  EpollServer server(port, [&answer](int fd, std::string_view bytes) {
    for (int left = whole_requests(bytes); left > 0; --left) send_all(fd, answer);
  });
  for (;;) server.round(-1);
}

}  // namespace flashpoll::bench
