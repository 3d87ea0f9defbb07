#include "infra/http/channel_base.h"

#include <boost/asio/buffer.hpp>
#include <exception>
#include <utility>

#include "infra/http/linger.h"

namespace flashpoll::http {

ChannelBase::ChannelBase(std::shared_ptr<Worker> worker, Socket socket, Opened opened)
    : worker_(std::move(worker)), socket_(std::move(socket)), opened_(std::move(opened)) {}

std::shared_ptr<ChannelBase> ChannelBase::self() {
  return std::static_pointer_cast<ChannelBase>(shared_from_this());
}

void ChannelBase::join() {
  worker_->add(self());
  error_code ignored;
  // Who never reads costs this much of the kernel's memory, and one shared frame.
  const asio::socket_base::send_buffer_size size(config().limits.channel_send_bytes);
  (void)socket_.set_option(size, ignored);
}

void ChannelBase::flush() {
  if (gone_) return;
  const Outgoing::Result result = out_.write(socket_);
  if (result == Outgoing::Result::done) return sent();
  if (result == Outgoing::Result::failed) return abort();
  socket_.async_wait(Socket::wait_write, [channel = self()](const error_code& error) {
    error ? channel->abort() : channel->flush();
  });
}

void ChannelBase::wait_readable() {
  socket_.async_wait(Socket::wait_read, [channel = self()](const error_code& error) {
    error ? channel->abort() : channel->read();
  });
}

void ChannelBase::read() {
  if (gone_) return;
  const std::span<char> scratch = worker_->scratch();
  error_code error;
  const std::size_t size = socket_.read_some(asio::buffer(scratch.data(), scratch.size()), error);
  if (error && error != asio::error::would_block) return abort();
  if (error || heard({scratch.data(), size})) wait_readable();
}

void ChannelBase::call(const std::function<void()>& event) {
  try {
    event();
  } catch (const std::exception& fault) {
    worker_->fault("", fault.what());
    abort();
  }
}

void ChannelBase::post(std::function<void()> task) {
  worker_->post([self = self(), task = std::move(task)] {
    if (!self->gone_) self->call(task);
  });
}

void ChannelBase::open() {
  post([this] {
    busy_ = false;
    const Opened opened = std::exchange(opened_, nullptr);
    auto events = std::make_shared<ChannelEvents>(opened(self()));
    // The user may have lost the peer while opening, and shall hear of it all the same.
    events_ = std::move(events);
  });
}

void ChannelBase::idle() { worker_->later(self()); }

void ChannelBase::on_turn() {
  if (gone_) return;
  busy_ = false;
  const std::shared_ptr<ChannelEvents> events = events_;
  if (events && events->on_idle) call(events->on_idle);
}

void ChannelBase::text(std::string_view message) {
  const std::shared_ptr<ChannelEvents> events = events_;
  if (events && events->on_text) call([&] { events->on_text(message); });
}

void ChannelBase::end() {
  const std::shared_ptr<ChannelEvents> events = events_;
  if (events && events->on_end) call(events->on_end);
}

void ChannelBase::abort() {
  if (gone_) return;
  error_code ignored;
  (void)socket_.close(ignored);
  finish();
}

void ChannelBase::linger() {
  if (gone_) return;
  error_code ignored;
  (void)socket_.cancel(ignored);
  Linger::begin(worker_, std::move(socket_));
  finish();
}

void ChannelBase::finish() {
  const std::shared_ptr<ChannelBase> alive = self();
  gone_ = true;
  clear_deadline();
  opened_ = nullptr;
  worker_->remove(*this);
  // In a turn of its own: the user may be inside of another event, or not have returned from
  // `opened` yet.
  worker_->post([self = self()] {
    const std::shared_ptr<ChannelEvents> events = std::exchange(self->events_, nullptr);
    if (events && events->on_closed) self->call(events->on_closed);
  });
}

}  // namespace flashpoll::http
