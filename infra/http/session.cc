#include "infra/http/session.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <utility>

#include "infra/runtime/fault.h"

namespace flashpoll::http {

namespace {

/// Without its parameters: `text/html; charset=utf-8` → `text/html`.
std::string_view media_type(std::string_view content_type) {
  const std::string_view bare = content_type.substr(0, content_type.find(';'));
  return bare.substr(0, bare.find_last_not_of(" \t") + 1);
}

std::string peer_of(const Socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

}  // namespace

Session::Session(std::shared_ptr<Worker> worker, Socket socket)
    : worker_(std::move(worker)), socket_(std::move(socket)) {}

std::shared_ptr<Session> Session::self() {
  return std::static_pointer_cast<Session>(shared_from_this());
}

HeadLimits Session::head_limits() const {
  const Limits& limits = worker_->shared().config.limits;
  return {limits.header_bytes, limits.target_bytes};
}

void Session::start() {
  if (worker_->draining()) return drain();
  peer_ = worker_->shared().proxies.client(peer_of(socket_), {});
  set_deadline(worker_->shared().config.timeouts.idle);
  await_bytes();
}

void Session::await_bytes() {
  // The next bytes come after what is left of these.
  rest_.empty() ? rest_.assign(pending_) : rest_.erase(0, rest_.size() - pending_.size());
  pending_ = rest_;
  socket_.async_read_some(asio::buffer(landing_),
                          [session = self()](const error_code& error, std::size_t size) {
                            error ? session->abort() : session->take_bytes(size);
                          });
}

void Session::take_bytes(std::size_t size) {
  // A read may still be on its way when a deadline has ended the reading.
  if (!reading()) return;
  const bool more = size == landing_.size();
  pending_ = {landing_.data(), size};
  if (more || !rest_.empty()) pending_ = rest_.append(pending_);
  if (more) {
    const std::span<char> scratch = worker_->scratch();
    error_code error;  // the next read meets it again: what came before it is still to be served
    pending_ = rest_.append(scratch.data(),
                            socket_.read_some(asio::buffer(scratch.data(), scratch.size()), error));
  }
  process();
}

void Session::process() {
  if (processing_) return;
  processing_ = true;
  while (advance()) {
  }
  processing_ = false;
  // Until the turn's other answers are out, the client may have sent what comes next. Asio reads at
  // once when it is asked, and only then waits: right after an answer there would be nothing.
  if (reading()) worker_->later(self());
}

void Session::on_turn() {
  if (std::exchange(unsent_, false)) {
    flush();
  } else if (reading()) {
    await_bytes();
  }
}

/// One step; false when more bytes, or the answer, must come first.
bool Session::advance() {
  if (state_ == State::body) return take_body();
  return (state_ == State::idle || state_ == State::head) && take_head();
}

bool Session::take_head() {
  // RFC 9112, section 2.2: one empty line before a request is forgiven.
  if (!empty_line_ && pending_.starts_with("\r\n")) {
    empty_line_ = true;
    pending_.remove_prefix(2);
    scanned_ = 0;
  }
  if (pending_.empty()) return false;
  if (state_ == State::idle) {
    state_ = State::head;
    set_deadline(worker_->shared().config.timeouts.header);
  }
  const auto found = find_head(pending_, scanned_, head_limits());
  if (const auto* refusal = std::get_if<HeadRefusal>(&found)) {
    close_after_ = true;
    refuse(protocol_problem(refusal->problem, std::string(refusal->detail)));
    return true;
  }
  const auto* size = std::get_if<std::size_t>(&found);
  return size != nullptr && begin_request(*size);
}

bool Session::begin_request(std::size_t head_size) {
  building_ = std::make_shared<SessionExchange>(self());
  ReceivedRequest& request = building_->received();
  const auto bad = request.read_head(pending_.substr(0, head_size), head_limits());
  pending_.remove_prefix(head_size);
  if (bad) {
    close_after_ = true;
    refuse(protocol_problem(bad->problem, std::string(bad->detail)));
    return true;
  }
  close_after_ = close_after_ || request.head().close;
  is_head_ = request.is_head();
  if (auto refusal = admit(request)) {
    // The body stays unread, so nothing can follow it.
    close_after_ = close_after_ || request.head().has_body();
    refuse(std::move(*refusal));
    return true;
  }
  // What a streamed body's handler leaves unread can be followed by nothing.
  if (route_->options.streamed_body) close_after_ = close_after_ || request.head().has_body();
  if (request.head().has_body() && !route_->options.streamed_body) return begin_body();
  handle();
  return true;
}

/// Finds the route and looks at everything that the head alone tells.
std::optional<Response> Session::admit(ReceivedRequest& request) {
  const Router& router = worker_->shared().router;
  if (request.path() == "*") {
    return Response{.status = 204, .headers = {{"Allow", "GET, HEAD, OPTIONS"}}};
  }
  Router::Match match = router.match(request.method(), request.path());
  if (std::holds_alternative<Router::NoSuchRoute>(match)) {
    return protocol_problem(ProtocolProblem::no_such_route);
  }
  if (const auto* wrong = std::get_if<Router::WrongMethod>(&match)) {
    std::vector<Header> allow = {{"Allow", wrong->allow}};
    if (request.method() == "OPTIONS") return Response{.status = 204, .headers = std::move(allow)};
    return protocol_problem(ProtocolProblem::method_not_allowed, {}, std::move(allow));
  }
  if (std::holds_alternative<Router::BadEncoding>(match) || !request.read_query()) {
    return protocol_problem(ProtocolProblem::bad_request,
                            "The address is not percent-encoded UTF-8.");
  }
  auto& found = std::get<Router::Found>(match);
  route_ = found.route;
  method_ = is_head_ ? std::string_view("HEAD") : std::string_view(route_->method);
  request.set_segments(std::move(found.segments));
  return admit_body(request.head());
}

std::optional<Response> Session::admit_body(const Head& head) {
  if (!head.has_body()) return std::nullopt;
  const RouteOptions& options = route_->options;
  if (!options.streamed_body && head.content_length.value_or(0) > options.body_limit) {
    return protocol_problem(ProtocolProblem::body_too_large);
  }
  const std::string_view type = media_type(head.field("content-type").value_or(""));
  const bool known = std::ranges::any_of(options.media_types, [type](const std::string& accepted) {
    return same_ignoring_case(type, accepted);
  });
  if (known || options.media_types.empty()) return std::nullopt;
  return protocol_problem(ProtocolProblem::not_json);
}

bool Session::begin_body() {
  const Head& head = building_->received().head();
  chunks_.reset();
  if (head.chunked) chunks_.emplace(route_->options.body_limit);
  state_ = State::body;
  body_began_ms_ = Worker::now_ms();
  if (!head.expect_continue || !pending_.empty()) return true;
  error_code error;
  // Nothing else is under way, so a kernel that does not take these bytes has lost the peer.
  const std::size_t size =
      socket_.write_some(asio::buffer(kContinue.data(), kContinue.size()), error);
  if (error || size != kContinue.size()) abort();
  return true;
}

void Session::set_body_deadline() {
  const Timeouts& timeouts = worker_->shared().config.timeouts;
  const std::size_t received = building_->received().body_buffer().size();
  const std::int64_t earned_ms = static_cast<std::int64_t>(
      received * 1000 / std::max<std::size_t>(1, timeouts.body_bytes_per_s));
  const std::int64_t until = body_began_ms_ + timeouts.body.count() + earned_ms;
  set_deadline(std::chrono::milliseconds(until - Worker::now_ms()));
}

bool Session::take_body() {
  set_body_deadline();
  return chunks_ ? take_chunked_body() : take_sized_body();
}

bool Session::take_sized_body() {
  std::string& body = building_->received().body_buffer();
  const std::size_t length = static_cast<std::size_t>(*building_->received().head().content_length);
  const std::string_view piece = pending_.substr(0, length - body.size());
  body.append(piece);
  pending_.remove_prefix(piece.size());
  if (body.size() < length) return false;
  handle();
  return true;
}

bool Session::take_chunked_body() {
  const auto state = chunks_->feed(pending_, building_->received().body_buffer());
  if (state == ChunkedDecoder::State::more) return false;
  if (state == ChunkedDecoder::State::done) {
    handle();
    return true;
  }
  close_after_ = true;
  refuse(state == ChunkedDecoder::State::too_large
             ? protocol_problem(ProtocolProblem::body_too_large)
             : protocol_problem(ProtocolProblem::bad_request, "The chunks are malformed."));
  return true;
}

void Session::handle() {
  const std::shared_ptr<SessionExchange> exchange = std::move(building_);
  ReceivedRequest& request = exchange->received();
  const auto forwarded = request.all("x-forwarded-for");
  request.set_client_address(
      forwarded.empty() ? peer_ : worker_->shared().proxies.client(peer_, forwarded));
  state_ = State::handling;
  clear_deadline();
  began_ = std::chrono::steady_clock::now();
  exchange->hand_over();
  call_handler(exchange);
}

void Session::call_handler(const std::shared_ptr<SessionExchange>& exchange) {
  ProtocolProblem problem = ProtocolProblem::internal;
  std::string what;
  try {
    route_->handler(exchange);
    return;
  } catch (const Overloaded& fault) {
    problem = ProtocolProblem::overloaded;
    what = fault.what();
  } catch (const Unavailable& fault) {
    problem = ProtocolProblem::not_ready;
    what = fault.what();
  } catch (const std::exception& fault) {
    what = fault.what();
  }
  worker_->fault(route_->pattern, what);
  if (exchange->give_up()) answer(protocol_problem(problem));
}

void Session::refuse(Response response) {
  building_.reset();
  state_ = State::handling;
  began_ = std::chrono::steady_clock::now();
  answer(std::move(response));
}

}  // namespace flashpoll::http
