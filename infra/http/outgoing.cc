#include "infra/http/outgoing.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <utility>

namespace flashpoll::http {

namespace {

/// So many bytes are copied together sooner than a send gathers them.
constexpr std::size_t kCopied = 4 * 1024;

std::size_t send(Socket& socket, std::string_view bytes, error_code& error) {
  return socket.write_some(asio::buffer(bytes.data(), bytes.size()), error);
}

/// Both as one, what the kernel takes of them.
std::size_t send(Socket& socket, std::string_view head, std::string_view body, error_code& error) {
  if (head.empty()) return send(socket, body, error);
  if (body.empty()) return send(socket, head, error);
  if (head.size() + body.size() > kCopied) {
    return socket.write_some(
        std::array{asio::buffer(head.data(), head.size()), asio::buffer(body.data(), body.size())},
        error);
  }
  std::array<char, kCopied> both;
  const auto* const end = std::ranges::copy(body, std::ranges::copy(head, both.begin()).out).out;
  return send(socket, {both.begin(), end}, error);
}

}  // namespace

void Outgoing::set(std::string head, std::string body) {
  clear();
  head_ = std::move(head);
  owned_ = std::move(body);
}

void Outgoing::set(std::string head, std::shared_ptr<const std::string> body) {
  clear();
  head_ = std::move(head);
  shared_ = std::move(body);
}

void Outgoing::clear() {
  head_ = {};
  owned_ = {};
  shared_.reset();
  sent_ = 0;
}

Outgoing::Result Outgoing::write(Socket& socket) {
  const std::size_t before = sent_;
  const std::size_t total = head_.size() + body().size();
  error_code error;
  while (sent_ < total && !error) {
    const std::string_view head = std::string_view(head_).substr(std::min(sent_, head_.size()));
    const std::size_t into_body = sent_ - (head_.size() - head.size());
    sent_ += send(socket, head, body().substr(into_body), error);
  }
  progressed_ = sent_ > before;
  if (error) return error == asio::error::would_block ? Result::blocked : Result::failed;
  // What was shared is let go at once, not when the next frame comes.
  clear();
  return Result::done;
}

}  // namespace flashpoll::http
