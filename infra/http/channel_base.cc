#include "infra/http/channel_base.h"

#include <exception>
#include <utility>

namespace flashpoll::http {

ChannelBase::ChannelBase(std::shared_ptr<Worker> worker, Opened opened)
    : worker_(std::move(worker)), opened_(std::move(opened)) {}

std::shared_ptr<ChannelBase> ChannelBase::base() {
  return std::static_pointer_cast<ChannelBase>(shared_from_this());
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
  worker_->post([self = base(), task = std::move(task)] {
    if (!self->gone_) self->call(task);
  });
}

void ChannelBase::open() {
  post([this] {
    busy_ = false;
    const Opened opened = std::exchange(opened_, nullptr);
    auto events = std::make_shared<ChannelEvents>(opened(base()));
    // The user may have lost the peer while opening, and shall hear of it all the same.
    events_ = std::move(events);
  });
}

void ChannelBase::idle() {
  post([this] {
    busy_ = false;
    const std::shared_ptr<ChannelEvents> events = events_;
    if (events && events->on_idle) events->on_idle();
  });
}

void ChannelBase::text(std::string_view message) {
  const std::shared_ptr<ChannelEvents> events = events_;
  if (events && events->on_text) call([&] { events->on_text(message); });
}

void ChannelBase::abort() {
  if (gone_) return;
  close_socket();
  finish();
}

void ChannelBase::finish() {
  if (gone_) return;
  const std::shared_ptr<ChannelBase> alive = base();
  gone_ = true;
  clear_deadline();
  opened_ = nullptr;
  worker_->remove(*this);
  // In a turn of its own: the user may be inside of another event, or not have returned from
  // `opened` yet.
  worker_->post([self = base()] {
    const std::shared_ptr<ChannelEvents> events = std::exchange(self->events_, nullptr);
    if (events && events->on_closed) self->call(events->on_closed);
  });
}

}  // namespace flashpoll::http
