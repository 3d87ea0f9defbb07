#include "infra/http/event_channel.h"

#include <utility>

#include "infra/runtime/check.h"

namespace flashpoll::http {

void EventChannel::begin(const std::shared_ptr<Worker>& worker, Socket socket, std::string head,
                         Opened opened) {
  const auto channel = std::make_shared<EventChannel>(worker, std::move(socket), std::move(opened));
  channel->join();
  channel->wait_readable();
  channel->out_.set(std::move(head), std::string());
  channel->set_deadline(channel->config().timeouts.write);
  channel->flush();
}

void EventChannel::send(std::shared_ptr<const std::string> frame) {
  FP_CHECK(!busy_, "one frame is in flight at a time");
  if (gone() || closing_) return;
  busy_ = true;
  in_flight_ = true;
  out_.set(std::string(), std::move(frame));
  set_deadline(config().timeouts.write);
  flush();
}

void EventChannel::sent() {
  in_flight_ = false;
  if (closing_) return linger();
  set_deadline(config().timeouts.heartbeat);
  if (std::exchange(opening_, false)) {
    open();
  } else {
    idle();
  }
}

void EventChannel::on_deadline() {
  static const auto kHeartbeat = std::make_shared<const std::string>(":\n\n");
  if (busy_) {
    abort();
  } else {
    send(kHeartbeat);
  }
}

void EventChannel::close(int /*code*/, std::string_view /*reason*/) {
  if (gone() || std::exchange(closing_, true)) return;
  if (!in_flight_) linger();
}

}  // namespace flashpoll::http
