#include "infra/http/websocket_channel.h"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>

#include "infra/runtime/check.h"

namespace flashpoll::http {

namespace {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using UpgradeRequest = beast::http::request<beast::http::empty_body>;

class WebSocket final : public ChannelBase {
 public:
  WebSocket(const std::shared_ptr<Worker>& worker, Socket socket, Opened opened)
      : ChannelBase(worker, std::move(opened)),
        ws_(std::move(socket)),
        buffer_(config().limits.message_bytes + 1) {}

  void accept(const Upgrade& upgrade);

  void send(std::shared_ptr<const std::string> frame) override;
  void close(int code, std::string_view reason) override;
  void on_deadline() override;
  void drain() override { close(1001, "going away"); }

 private:
  void close_socket() override {
    error_code ignored;
    (void)ws_.next_layer().close(ignored);
  }
  void configure(const Upgrade& upgrade);
  void controlled(websocket::frame_type kind);
  void accepted();
  void read();
  void received();
  void sent();
  void ping();
  /// Watches the earlier of the next ping and the end of what is being written.
  void watch(std::chrono::milliseconds write_within);
  [[nodiscard]] std::shared_ptr<WebSocket> self() {
    return std::static_pointer_cast<WebSocket>(shared_from_this());
  }

  websocket::stream<Socket, false> ws_;
  beast::flat_buffer buffer_;
  std::shared_ptr<const std::string> frame_;  ///< in flight
  bool closing_ = false;
  bool awaiting_pong_ = false;
  std::int64_t ping_at_ms_ = 0;
  std::int64_t write_until_ms_ = 0;  ///< 0: nothing is being written
};

void WebSocket::configure(const Upgrade& upgrade) {
  using StreamTimeout = websocket::stream_base::timeout;
  ws_.set_option(StreamTimeout{websocket::stream_base::none(), websocket::stream_base::none(),
                               false});  // the worker's timer watches
  ws_.set_option(websocket::stream_base::decorator(
      [protocol = upgrade.subprotocol](websocket::response_type& response) {
        response.set(beast::http::field::server, "flashpoll");
        response.set(beast::http::field::sec_websocket_protocol, protocol);
      }));
  ws_.read_message_max(config().limits.message_bytes);
  ws_.auto_fragment(false);
  ws_.text(true);
  ws_.control_callback(
      [this](websocket::frame_type kind, beast::string_view) { controlled(kind); });
}

void WebSocket::controlled(websocket::frame_type kind) {
  if (kind == websocket::frame_type::pong) awaiting_pong_ = false;
  if (kind != websocket::frame_type::close || gone()) return;
  // Beast answers it and waits for the end of the connection, but not for ever.
  closing_ = true;
  watch(config().timeouts.linger);
}

void WebSocket::accept(const Upgrade& upgrade) {
  using beast::http::field;
  configure(upgrade);
  UpgradeRequest request(beast::http::verb::get, upgrade.target, 11);
  request.set(field::host, upgrade.host);
  request.set(field::upgrade, "websocket");
  request.set(field::connection, "upgrade");
  request.set(field::sec_websocket_key, upgrade.key);
  request.set(field::sec_websocket_version, "13");
  request.set(field::sec_websocket_protocol, upgrade.subprotocol);
  ping_at_ms_ = Worker::now_ms() + config().timeouts.ping.count();
  watch(config().timeouts.write);
  ws_.async_accept(request, [channel = self()](const error_code& error) {
    error ? channel->abort() : channel->accepted();
  });
}

void WebSocket::accepted() {
  if (gone()) return;
  write_until_ms_ = 0;
  set_deadline_at(ping_at_ms_);
  open();
  read();
}

void WebSocket::read() {
  ws_.async_read(buffer_, [channel = self()](const error_code& error, std::size_t) {
    error ? channel->abort() : channel->received();
  });
}

void WebSocket::received() {
  if (gone()) return;
  awaiting_pong_ = false;
  if (ws_.got_binary()) {
    close(websocket::close_code::policy_error, "text only");
  } else if (!closing_) {
    const auto data = buffer_.cdata();
    text({static_cast<const char*>(data.data()), data.size()});
  }
  if (gone()) return;
  buffer_.consume(buffer_.size());
  read();
}

void WebSocket::send(std::shared_ptr<const std::string> frame) {
  FP_CHECK(!busy_, "one frame is in flight at a time");
  if (gone() || closing_) return;
  busy_ = true;
  frame_ = std::move(frame);
  watch(config().timeouts.write);
  ws_.async_write(asio::buffer(*frame_), [channel = self()](const error_code& error, std::size_t) {
    error ? channel->abort() : channel->sent();
  });
}

void WebSocket::sent() {
  if (gone()) return;
  frame_.reset();
  if (!closing_) {
    write_until_ms_ = 0;
    set_deadline_at(ping_at_ms_);
  }
  idle();
}

void WebSocket::close(int code, std::string_view reason) {
  if (gone() || std::exchange(closing_, true)) return;
  const Timeouts& timeouts = config().timeouts;
  watch(frame_ ? timeouts.write : timeouts.linger);
  const websocket::close_reason why(
      static_cast<websocket::close_code>(code),
      beast::string_view(reason.data(), std::min<std::size_t>(reason.size(), 120)));
  ws_.async_close(why, [channel = self()](const error_code&) { channel->abort(); });
}

void WebSocket::watch(std::chrono::milliseconds write_within) {
  write_until_ms_ = Worker::now_ms() + write_within.count();
  set_deadline_at(std::min(ping_at_ms_, write_until_ms_));
}

void WebSocket::on_deadline() {
  const std::int64_t now = Worker::now_ms();
  if (write_until_ms_ != 0 && write_until_ms_ <= now) return abort();
  if (ping_at_ms_ <= now) {
    // No sign of life since the last ping.
    if (std::exchange(awaiting_pong_, true)) return abort();
    ping();
  }
  set_deadline_at(write_until_ms_ == 0 ? ping_at_ms_ : std::min(ping_at_ms_, write_until_ms_));
}

void WebSocket::ping() {
  ping_at_ms_ = Worker::now_ms() + config().timeouts.ping.count();
  if (closing_) return;
  ws_.async_ping({}, [channel = self()](const error_code& error) {
    if (error) channel->abort();
  });
}

}  // namespace

void WebSocketChannel::begin(const std::shared_ptr<Worker>& worker, Socket socket,
                             const Upgrade& upgrade, ChannelBase::Opened opened) {
  error_code ignored;
  const asio::socket_base::send_buffer_size size(worker->shared().config.limits.channel_send_bytes);
  (void)socket.set_option(size, ignored);
  const auto channel = std::make_shared<WebSocket>(worker, std::move(socket), std::move(opened));
  worker->add(channel);
  channel->accept(upgrade);
}

}  // namespace flashpoll::http
