#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a role sees of HTTP: requests, answers, long-lived channels. No Asio or Beast here.
namespace flashpoll::http {

using Header = std::pair<std::string, std::string>;
using Parameter = std::pair<std::string, std::string>;

/// One request that has passed the gate (version, framing, sizes) and the router.
class Request {
 public:
  virtual ~Request() = default;
  [[nodiscard]] virtual std::string_view method() const = 0;
  /// Undecoded path without the query, as sent.
  [[nodiscard]] virtual std::string_view path() const = 0;
  /// Value of `{name}` in the route's pattern, percent-decoded.
  [[nodiscard]] virtual std::string_view segment(std::string_view name) const = 0;
  /// Decoded query parameters in the order sent; a repeated one appears twice.
  [[nodiscard]] virtual std::span<const Parameter> query() const = 0;
  /// First value of a header, name in any case; empty when absent.
  [[nodiscard]] virtual std::optional<std::string_view> header(std::string_view name) const = 0;
  /// Value of a cookie, as sent.
  [[nodiscard]] virtual std::optional<std::string_view> cookie(std::string_view name) const = 0;
  /// Empty where the route streams it.
  [[nodiscard]] virtual std::string_view body() const = 0;
  /// Address of the client: the peer's, or the last untrusted one of X-Forwarded-For when the peer
  /// is a configured proxy. For limits only, never logged.
  [[nodiscard]] virtual std::string_view client_address() const = 0;
};

struct Response {
  int status = 200;
  std::string content_type = {};  ///< empty: no body
  std::string body = {};
  std::vector<Header> headers = {};
};

/// An answer that is made once and sent to many, by `ready_response` of head_writer.h.
struct ReadyResponse {
  Response response;
  std::string head;  ///< of it: the status line, its fields as lines
};

/// A body made piece by piece, for exports. `pull` runs on the I/O thread when the piece before was
/// taken by the kernel; it must arrange for exactly one call of `next` from any thread: with a
/// piece, or with nothing at the end. Throwing away the source means that the client went.
struct BodySource {
  using Next = std::function<void(std::optional<std::string> piece)>;
  std::function<void(Next next)> pull;
};

/// The peer's events, all on the channel's I/O thread. What they throw ends the channel.
struct ChannelEvents {
  std::function<void()> on_idle;  ///< the frame before was taken: send the next
  /// WebSocket: one message. Body: a piece of it, once for each `listen`.
  std::function<void(std::string_view)> on_text;
  std::function<void()> on_end = {};  ///< body only: it is whole
  std::function<void()> on_closed;    ///< last event; the channel may be dropped
};

/// A long-lived connection to one client: a stream of server-sent events, a WebSocket, or a body
/// that comes in while its answer goes out. One frame is in flight at a time, so a slow client
/// costs one frame; who takes nothing for 10 s is dropped by the server. Heartbeats and pings are
/// the channel's.
class Channel {
 public:
  virtual ~Channel() = default;
  /// Any thread: runs `task` on the channel's I/O thread, unless it is closed by then.
  virtual void post(std::function<void()> task) = 0;
  /// I/O thread.
  [[nodiscard]] virtual bool busy() const = 0;
  /// I/O thread, only when not busy. Server-sent events: raw bytes as on the wire, shared by all
  /// subscribers; WebSocket: the text of one message; body: a piece of the answer.
  virtual void send(std::shared_ptr<const std::string> frame) = 0;
  /// I/O thread. Ends after the frame in flight; the answer to a body is whole then. `code` is a
  /// WebSocket close code; ignored otherwise.
  virtual void close(int code, std::string_view reason) = 0;
  /// I/O thread. Body only: the next piece is wanted. Until then the client is held back.
  virtual void listen() {}
};

/// One request on its way to its one answer. Thread-safe: answered from any thread, exactly once;
/// dropping it unanswered is a bug that answers 500 `internal`.
class Exchange {
 public:
  virtual ~Exchange() = default;
  [[nodiscard]] virtual const Request& request() const = 0;
  /// Lets the request go before the answer comes: of thousands that wait, each keeps so much less.
  /// `request` must not be called any more. On the I/O thread, before anybody else has the
  /// exchange.
  virtual void drop_request() {}
  virtual void answer(Response response) = 0;
  /// The answer is made on the exchange's I/O thread, for who has better to do.
  virtual void answer_by(std::function<Response()> make) { answer(make()); }
  virtual void answer_ready(std::shared_ptr<const ReadyResponse> ready) { answer(ready->response); }
  /// Status and headers of `head`, then the pieces (chunked).
  virtual void answer_stream(Response head, BodySource source) = 0;
  /// Server-sent events, headers of `head`; `opened` gets the channel on its I/O thread, not busy,
  /// once the head is sent. It is not called when the peer has gone by then.
  virtual void open_events(Response head,
                           std::function<ChannelEvents(std::shared_ptr<Channel>)> opened) = 0;
  /// Of a route with a streamed body: its pieces come in while pieces of the answer (chunked, with
  /// the headers of `head`) go out; the connection ends with it. Who sends nothing for 30 s while
  /// he is listened to, or breaks the framing, is dropped: the answer is then visibly not whole.
  virtual void open_body(Response head,
                         std::function<ChannelEvents(std::shared_ptr<Channel>)> opened) = 0;
  /// Upgrades to a WebSocket with this subprotocol. False, and nothing done, when the request is no
  /// valid upgrade that offers it.
  [[nodiscard]] virtual bool open_websocket(
      std::string_view subprotocol,
      std::function<ChannelEvents(std::shared_ptr<Channel>)> opened) = 0;
};

/// Called on an I/O thread; must not block. May throw a fault (answered by the session: Overloaded
/// and Unavailable 503, any other 500).
using Handler = std::function<void(std::shared_ptr<Exchange>)>;

}  // namespace flashpoll::http
