#include "infra/http/client_upload.h"

#include <utility>

#include "infra/runtime/fault.h"

namespace flashpoll::http {

namespace {

Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

}  // namespace

ClientUpload::ClientUpload(std::string_view url, const std::vector<Header>& headers,
                           ClientTimeouts timeouts)
    : connection_(Url(url), in(timeouts.connect)),
      head_by_(in(timeouts.answer)),
      out_(request_head("POST", Url(url), headers) + "Transfer-Encoding: chunked\r\n\r\n") {}

void ClientUpload::write(std::string_view piece) {
  if (piece.empty()) return;
  out_.erase(0, std::exchange(sent_, 0));
  out_.append(chunk_size_line(piece.size())).append(piece).append("\r\n");
}

void ClientUpload::finish() { out_.append(chunk_size_line(0)).append("\r\n"); }

bool ClientUpload::turn(std::chrono::milliseconds wait,
                        const std::function<void(std::string_view)>& line) {
  send();
  if (connection_.wait_for(unsent() > 0, in(wait))) {
    send();
    if (!receive(line)) return false;
  }
  if (!response_ && std::chrono::steady_clock::now() > head_by_) {
    throw Unavailable("the server does not answer");
  }
  return true;
}

void ClientUpload::send() { sent_ += connection_.send_some(std::string_view(out_).substr(sent_)); }

bool ClientUpload::receive(const std::function<void(std::string_view)>& line) {
  const auto came = connection_.receive_some(in_);
  if (!response_) {
    response_ = take_head(in_);
    if (response_) reader_.emplace(*response_, false);
  }
  bool whole = false;
  if (response_) {
    std::string& body = response_->status == 200 ? text_ : response_->body;
    whole = reader_->feed(in_, body);
    in_.clear();
    if (body.size() > kMaxClientBody) malformed();
  }
  (void)hand_over(text_, [&line](std::string_view one) {
    line(one);
    return true;
  });
  if (whole || (came == ClientConnection::Came::end && response_ && reader_->until_close())) {
    return false;
  }
  if (came == ClientConnection::Came::end) throw Unavailable("the server broke off its answer");
  return true;
}

}  // namespace flashpoll::http
