#include "infra/http/outgoing.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <utility>

namespace flashpoll::http {

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
    const std::string_view rest = body().substr(into_body);
    const asio::const_buffer first = asio::buffer(head.data(), head.size());
    const asio::const_buffer second = asio::buffer(rest.data(), rest.size());
    if (head.empty() || rest.empty()) {  // a plain send is cheaper than one that gathers
      sent_ += socket.write_some(head.empty() ? second : first, error);
    } else {
      sent_ += socket.write_some(std::array{first, second}, error);
    }
  }
  progressed_ = sent_ > before;
  if (error) return error == asio::error::would_block ? Result::blocked : Result::failed;
  // What was shared is let go at once, not when the next frame comes.
  clear();
  return Result::done;
}

}  // namespace flashpoll::http
