#include "infra/http/websocket_channel.h"

#include <algorithm>
#include <utility>

#include "infra/runtime/check.h"

namespace flashpoll::http {

WebSocketChannel::WebSocketChannel(const std::shared_ptr<Worker>& worker, Socket socket,
                                   Opened opened)
    : ChannelBase(worker, std::move(socket), std::move(opened)),
      reader_(config().limits.message_bytes),
      ping_at_ms_(Worker::now_ms() + config().timeouts.ping.count()) {}

void WebSocketChannel::begin(const std::shared_ptr<Worker>& worker, Socket socket,
                             const Upgrade& upgrade, Opened opened) {
  const auto channel =
      std::make_shared<WebSocketChannel>(worker, std::move(socket), std::move(opened));
  channel->join();
  channel->wait_readable();
  std::string head = "HTTP/1.1 101 Switching Protocols\r\n" + std::string(worker->common_fields());
  head.append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
  head.append(accept_key(upgrade.key)).append("\r\nSec-WebSocket-Protocol: ");
  head.append(upgrade.subprotocol).append("\r\n\r\n");
  channel->write(Writing::handshake, std::move(head), nullptr);
}

void WebSocketChannel::send(std::shared_ptr<const std::string> frame) {
  FP_CHECK(!busy_, "one frame is in flight at a time");
  if (gone() || closing_) return;
  busy_ = true;
  frame_ = std::move(frame);
  pump();
}

void WebSocketChannel::close(int code, std::string_view reason) {
  if (gone() || std::exchange(closing_, true)) return;
  close_ = close_payload(code, reason);
  pump();
}

void WebSocketChannel::drain() { close(static_cast<int>(CloseCode::going_away), "going away"); }

/// Begins the next frame, if there is one and nothing is in flight.
void WebSocketChannel::pump() {
  if (writing_ != Writing::nothing || gone()) return;
  if (frame_) {
    std::string head = frame_head(Opcode::text, frame_->size());
    write(Writing::user, std::move(head), std::exchange(frame_, nullptr));
  } else if (pong_) {
    write_control(Writing::control, Opcode::pong, *std::exchange(pong_, std::nullopt));
  } else if (close_) {
    write_control(Writing::close, Opcode::close, *std::exchange(close_, std::nullopt));
  } else if (std::exchange(ping_due_, false) && !closing_) {
    write_control(Writing::control, Opcode::ping, {});
  }
}

void WebSocketChannel::write_control(Writing what, Opcode opcode, std::string payload) {
  write(what, frame_head(opcode, payload.size()) + payload, nullptr);
}

void WebSocketChannel::write(Writing what, std::string head,
                             std::shared_ptr<const std::string> body) {
  writing_ = what;
  out_.set(std::move(head), std::move(body));
  until_ms_ = Worker::now_ms() + config().timeouts.write.count();
  watch();
  flush();
}

void WebSocketChannel::sent() {
  const Writing what = std::exchange(writing_, Writing::nothing);
  until_ms_ = 0;
  if (what == Writing::close) {
    if (peer_done_) return linger();
    until_ms_ = Worker::now_ms() + config().timeouts.linger.count();
  }
  watch();
  if (what == Writing::handshake) open();
  if (what == Writing::user) idle();
  pump();
}

/// The worker's timer watches the next ping and the end of the present step.
void WebSocketChannel::watch() {
  set_deadline_at(until_ms_ == 0 ? ping_at_ms_ : std::min(ping_at_ms_, until_ms_));
}

void WebSocketChannel::on_deadline() {
  const std::int64_t now = Worker::now_ms();
  if (until_ms_ != 0 && until_ms_ <= now) return abort();
  if (ping_at_ms_ <= now) {
    // No sign of life since the last ping.
    if (std::exchange(awaiting_pong_, true)) return abort();
    ping_at_ms_ = now + config().timeouts.ping.count();
    ping_due_ = true;
    pump();
  }
  if (!gone()) watch();
}

bool WebSocketChannel::heard(std::string_view bytes) {
  awaiting_pong_ = false;
  while (!gone() && !peer_done_) {
    auto next = reader_.next(bytes);
    if (std::holds_alternative<std::monostate>(next)) return true;
    if (const auto* code = std::get_if<CloseCode>(&next)) {
      peer_done_ = true;
      if (!std::exchange(closing_, true)) close_ = close_payload(static_cast<int>(*code), {});
      pump();
    } else {
      received(std::move(std::get<Message>(next)));
    }
  }
  return false;
}

void WebSocketChannel::received(Message message) {
  if (message.opcode == Opcode::text) {
    if (!closing_) text(message.payload);
  } else if (message.opcode == Opcode::ping) {
    if (!closing_) pong_ = std::move(message.payload);
    pump();
  } else if (message.opcode == Opcode::close) {
    closed_by_peer(std::move(message.payload));
  }
}

/// Echoes the code, as section 5.5.1 wants it, unless our own close came first.
void WebSocketChannel::closed_by_peer(std::string payload) {
  peer_done_ = true;
  if (!std::exchange(closing_, true)) {
    close_ = payload.substr(0, 2);
    return pump();
  }
  // Ours is out already, or will be: then `sent` goes on.
  if (!close_ && writing_ != Writing::close) linger();
}

}  // namespace flashpoll::http
