#include "infra/http/event_channel.h"

#include <boost/asio/buffer.hpp>
#include <utility>

#include "infra/http/linger.h"
#include "infra/runtime/check.h"

namespace flashpoll::http {

EventChannel::EventChannel(const std::shared_ptr<Worker>& worker, Socket socket, Opened opened)
    : ChannelBase(worker, std::move(opened)), socket_(std::move(socket)) {}

std::shared_ptr<EventChannel> EventChannel::self() {
  return std::static_pointer_cast<EventChannel>(shared_from_this());
}

void EventChannel::begin(const std::shared_ptr<Worker>& worker, Socket socket, std::string head,
                         Opened opened) {
  const auto channel = std::make_shared<EventChannel>(worker, std::move(socket), std::move(opened));
  worker->add(channel);
  error_code ignored;
  // Who never reads costs this much of the kernel's memory, and one shared frame.
  const asio::socket_base::send_buffer_size size(worker->shared().config.limits.channel_send_bytes);
  (void)channel->socket_.set_option(size, ignored);
  channel->out_.set(std::move(head), std::string());
  channel->set_deadline(channel->config().timeouts.write);
  channel->watch();
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

void EventChannel::flush() {
  if (gone()) return;
  const Outgoing::Result result = out_.write(socket_);
  if (result == Outgoing::Result::done) return sent();
  if (result == Outgoing::Result::failed) return abort();
  socket_.async_wait(Socket::wait_write, [channel = self()](const error_code& error) {
    error ? channel->abort() : channel->flush();
  });
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

void EventChannel::linger() {
  error_code ignored;
  (void)socket_.cancel(ignored);
  Linger::begin(worker(), std::move(socket_));
  finish();
}

/// Sees the peer go; what it sends means nothing.
void EventChannel::watch() {
  socket_.async_wait(Socket::wait_read, [channel = self()](const error_code& error) {
    error ? channel->abort() : channel->discard();
  });
}

void EventChannel::discard() {
  if (gone()) return;
  const std::span<char> scratch = worker()->scratch();
  error_code error;
  (void)socket_.read_some(asio::buffer(scratch.data(), scratch.size()), error);
  error&& error != asio::error::would_block ? abort() : watch();
}

void EventChannel::close_socket() {
  error_code ignored;
  (void)socket_.close(ignored);
}

}  // namespace flashpoll::http
