#include <utility>

#include "infra/http/event_channel.h"
#include "infra/http/head_writer.h"
#include "infra/http/linger.h"
#include "infra/http/session.h"
#include "infra/http/websocket_channel.h"

namespace flashpoll::http {

/// What a body source calls when its piece is ready. Dropped uncalled, it ends the connection: the
/// answer can neither go on nor be taken back.
struct Session::Pull {
  explicit Pull(std::shared_ptr<Session> owner) : session(std::move(owner)) {}
  Pull(const Pull&) = delete;
  Pull& operator=(const Pull&) = delete;
  ~Pull() {
    if (delivered) return;
    Worker& worker = session->worker();
    worker.post([owner = std::move(session)] { owner->abort(); });
  }
  void deliver(std::optional<std::string> content) {
    delivered = true;
    session->worker().post([owner = session, piece = std::move(content)]() mutable {
      owner->piece(std::move(piece));
    });
  }

  std::shared_ptr<Session> session;
  bool delivered = false;
};

/// The bytes of the answer's head; a response that cannot be written becomes a 500.
std::string Session::head_of(Response& response, Framing framing) {
  close_after_ = close_after_ || framing == Framing::until_close;
  std::string head;
  const auto frame = [&] {
    return HeadFrame{framing, response.body.size(), close_after_, worker_->common_fields()};
  };
  if (append_head(head, response, frame())) return head;
  worker_->fault(route_ != nullptr ? route_->pattern : "", "a header of the answer is malformed");
  response = protocol_problem(ProtocolProblem::internal);
  framing = Framing::length;
  head.clear();
  (void)append_head(head, response, frame());
  return head;
}

template <typename Body>
void Session::write(State state, std::string head, Body body) {
  out_.set(std::move(head), std::move(body));
  state_ = state;
  set_deadline(worker_->shared().config.timeouts.write);
  unsent_ = true;
  worker_->later(self());
}

void Session::answer(Response response) {
  if (state_ != State::handling) return;
  std::string head = head_of(response, Framing::length);
  observe(response.status);
  const bool bodiless = is_head_ || response.status == 204 || response.status == 304;
  write(State::writing, std::move(head), bodiless ? std::string() : std::move(response.body));
}

void Session::answer_ready(const std::shared_ptr<const ReadyResponse>& ready) {
  if (state_ != State::handling) return;
  std::string head;
  append_head(head, *ready, {.close = close_after_, .common_fields = worker_->common_fields()});
  observe(ready->response.status);
  std::shared_ptr<const std::string> body;
  if (!is_head_) body = {ready, &ready->response.body};
  write(State::writing, std::move(head), std::move(body));
}

void Session::fail(std::string_view what) {
  if (state_ != State::handling) return;
  worker_->fault(route_ != nullptr ? route_->pattern : "", what);
  answer(protocol_problem(ProtocolProblem::internal));
}

void Session::observe(int status) {
  const auto& told = worker_->shared().config.on_answered;
  if (!told) return;
  const auto took = std::chrono::steady_clock::now() - began_;
  told({method_, route_ != nullptr ? std::string_view(route_->pattern) : std::string_view(), status,
        std::chrono::duration_cast<std::chrono::microseconds>(took)});
}

void Session::turn_away() {
  close_after_ = true;
  refuse(protocol_problem(ProtocolProblem::overloaded, "There are too many connections."));
}

void Session::flush() {
  if (state_ == State::gone) return;
  const Outgoing::Result result = out_.write(socket_);
  if (result == Outgoing::Result::done) return written();
  if (result == Outgoing::Result::failed) return abort();
  if (out_.progressed()) set_deadline(worker_->shared().config.timeouts.write);
  socket_.async_wait(Socket::wait_write, [session = self()](const error_code& error) {
    error ? session->abort() : session->flush();
  });
}

void Session::written() {
  clear_deadline();
  if (state_ == State::streaming && !last_piece_) return pull();
  source_.reset();
  close_after_ ? linger() : next_request();
}

void Session::next_request() {
  state_ = State::idle;
  scanned_ = 0;
  empty_line_ = false;
  last_piece_ = false;
  is_head_ = false;
  route_ = nullptr;
  method_ = {};
  set_deadline(worker_->shared().config.timeouts.idle);
  process();
}

void Session::answer_stream(Response head, BodySource source) {
  if (state_ != State::handling) return;
  std::string bytes = head_of(head, Framing::chunked);
  observe(head.status);
  // A malformed head has become a whole answer with a body.
  if (is_head_) return write(State::writing, std::move(bytes), std::string());
  if (!head.body.empty()) return write(State::writing, std::move(bytes), std::move(head.body));
  source_ = std::move(source);
  write(State::streaming, std::move(bytes), std::string());
}

void Session::pull() {
  auto pull = std::make_shared<Pull>(self());
  try {
    source_->pull(
        [pull](std::optional<std::string> content) { pull->deliver(std::move(content)); });
  } catch (const std::exception& fault) {
    worker_->fault(route_->pattern, fault.what());
  }
}

void Session::piece(std::optional<std::string> content) {
  if (state_ != State::streaming) return;
  if (content && content->empty()) return pull();
  last_piece_ = !content;
  std::string data = std::move(content).value_or("");
  std::string size = chunk_size_line(data.size());
  write(State::streaming, std::move(size), std::move(data.append("\r\n")));
}

void Session::open_events(Response head, Opened opened) {
  if (state_ != State::handling) return;
  std::string bytes = head_of(head, Framing::until_close);
  observe(head.status);
  if (is_head_) return write(State::writing, std::move(bytes), std::string());
  if (!head.body.empty()) return write(State::writing, std::move(bytes), std::move(head.body));
  const std::shared_ptr<Session> alive = self();
  EventChannel::begin(worker_, give_socket(), std::move(bytes), std::move(opened));
  retire();
}

void Session::open_body(const BodyFraming& framing, Response head, Opened opened) {
  if (state_ != State::handling) return;
  close_after_ = true;
  std::string bytes = head_of(head, Framing::chunked);
  observe(head.status);
  if (!head.body.empty()) return write(State::writing, std::move(bytes), std::move(head.body));
  if (framing.expect_continue && pending_.empty()) bytes.insert(0, kContinue);
  std::string early(pending_);
  const std::shared_ptr<Session> alive = self();
  BodyChannel::begin(worker_, give_socket(), framing, std::move(early), std::move(bytes),
                     std::move(opened));
  retire();
}

void Session::open_websocket(Upgrade upgrade, Opened opened) {
  if (state_ != State::handling) return;
  // A client that sends frames before it was told that it may.
  if (!pending_.empty()) return abort();
  observe(101);
  const std::shared_ptr<Session> alive = self();
  WebSocketChannel::begin(worker_, give_socket(), std::move(upgrade), std::move(opened));
  retire();
}

void Session::on_deadline() {
  if (state_ == State::head || state_ == State::body) {
    close_after_ = true;
    refuse(protocol_problem(ProtocolProblem::too_slow));
  } else {
    abort();
  }
}

void Session::drain() {
  close_after_ = true;
  if (state_ == State::idle) linger();
}

void Session::linger() {
  const std::shared_ptr<Session> alive = self();
  Linger::begin(worker_, give_socket());
  retire();
}

/// A wait of ours that is still on its way ends, and finds the session gone.
Socket Session::give_socket() {
  error_code ignored;
  (void)socket_.cancel(ignored);
  return std::move(socket_);
}

void Session::abort() {
  if (state_ == State::gone) return;
  const std::shared_ptr<Session> alive = self();
  error_code ignored;
  (void)socket_.close(ignored);
  retire();
}

/// The last step: the socket is closed, or somebody else's.
void Session::retire() {
  state_ = State::gone;
  clear_deadline();
  building_.reset();
  source_.reset();
  worker_->remove(*this);
}

}  // namespace flashpoll::http
