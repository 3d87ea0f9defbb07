#include "infra/http/linger.h"

#include <boost/asio/buffer.hpp>
#include <utility>

namespace flashpoll::http {

Linger::Linger(std::shared_ptr<Worker> worker, Socket socket)
    : worker_(std::move(worker)), socket_(std::move(socket)) {}

void Linger::begin(const std::shared_ptr<Worker>& worker, Socket socket) {
  const auto linger = std::make_shared<Linger>(worker, std::move(socket));
  worker->add(linger);
  error_code error;
  (void)linger->socket_.shutdown(asio::socket_base::shutdown_send, error);
  if (error) return linger->abort();
  linger->set_deadline(worker->shared().config.timeouts.linger);
  linger->wait();
}

void Linger::wait() {
  auto self = std::static_pointer_cast<Linger>(shared_from_this());
  socket_.async_wait(Socket::wait_read, [self = std::move(self)](const error_code& error) {
    error ? self->abort() : self->discard();
  });
}

void Linger::discard() {
  if (gone_) return;
  const std::span<char> scratch = worker_->scratch();
  error_code error;
  (void)socket_.read_some(asio::buffer(scratch.data(), scratch.size()), error);
  error&& error != asio::error::would_block ? abort() : wait();
}

void Linger::abort() {
  if (gone_) return;
  gone_ = true;
  const std::shared_ptr<Connection> alive = shared_from_this();
  error_code ignored;
  (void)socket_.close(ignored);
  worker_->remove(*this);
}

}  // namespace flashpoll::http
