#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "infra/http/body_channel.h"
#include "infra/http/chunked.h"
#include "infra/http/exchange.h"
#include "infra/http/head_writer.h"
#include "infra/http/outgoing.h"
#include "infra/http/upgrade.h"
#include "infra/http/worker.h"

namespace flashpoll::http {

using Opened = std::function<ChannelEvents(std::shared_ptr<Channel>)>;

/// One client connection that speaks HTTP. Reads a request, has it handled, writes the answer, then
/// the next: what is pipelined waits in the kernel. A request's life:
///
///   idle → head → body → handling → writing → idle …   (or streaming, or over to a channel)
///
/// session.cc reads, session_answer.cc writes. I/O thread.
class Session final : public Connection {
 public:
  Session(std::shared_ptr<Worker> worker, Socket socket);

  /// Begins to read.
  void start();
  /// Answers 503 at once: there are too many connections.
  void turn_away();

  void on_deadline() override;
  void drain() override;
  void abort() override;
  void on_turn() override;

  // The answer to the request that is being handled; nothing when the connection is gone.
  void answer(Response response);
  void answer_ready(const std::shared_ptr<const ReadyResponse>& ready);
  void answer_stream(Response head, BodySource source);
  void open_events(Response head, Opened opened);
  void open_body(const BodyFraming& framing, Response head, Opened opened);
  void open_websocket(Upgrade upgrade, Opened opened);
  /// Answers 500 and tells the log.
  void fail(std::string_view what);

  [[nodiscard]] Worker& worker() { return *worker_; }

 private:
  enum class State : std::uint8_t { idle, head, body, handling, writing, streaming, gone };
  struct Pull;

  // Reading.
  void await_bytes();
  void take_bytes(std::size_t size);
  void process();
  bool advance();
  bool take_head();
  bool begin_request(std::size_t head_size);
  std::optional<Response> admit(ReceivedRequest& request);
  std::optional<Response> admit_body(const Head& head);
  bool begin_body();
  bool take_body();
  bool take_sized_body();
  bool take_chunked_body();
  void set_body_deadline();
  void handle();
  void call_handler(const std::shared_ptr<SessionExchange>& exchange);
  void refuse(Response response);
  [[nodiscard]] HeadLimits head_limits() const;
  [[nodiscard]] bool reading() const {
    return state_ == State::idle || state_ == State::head || state_ == State::body;
  }

  // Writing.
  [[nodiscard]] std::string head_of(Response& response, Framing framing);
  template <typename Body>
  void write(State state, std::string head, Body body);
  void flush();
  void written();
  void next_request();
  void pull();
  void piece(std::optional<std::string> content);
  void observe(int status);
  void linger();
  [[nodiscard]] Socket give_socket();
  void retire();
  [[nodiscard]] std::shared_ptr<Session> self();

  const std::shared_ptr<Worker> worker_;
  Socket socket_;
  std::string peer_;  ///< its address
  State state_ = State::idle;
  bool processing_ = false;  ///< `process` is on the stack: what becomes ready is seen by its loop
  bool close_after_ = false;

  std::string_view
      pending_;       ///< what came and was not taken yet: in `landing_`, or the end of `rest_`
  std::string rest_;  ///< what one read alone did not bring
  std::size_t scanned_ = 0;  ///< of the next head in `pending_`
  bool empty_line_ = false;  ///< one empty line before the head was skipped

  std::shared_ptr<SessionExchange> building_;  ///< until the handler gets it
  std::optional<ChunkedDecoder> chunks_;
  std::int64_t body_began_ms_ = 0;

  // The request that is being handled.
  const Route* route_ = nullptr;
  std::string_view method_;  ///< of the route
  bool is_head_ = false;
  std::chrono::steady_clock::time_point began_;

  Outgoing out_;
  bool unsent_ = false;  ///< it waits for the worker's turn
  std::optional<BodySource> source_;
  bool last_piece_ = false;

  /// Its own: to read into it is cheaper than to be told first that a read is possible. So small,
  /// as every idle connection has one; and last, as it is not what a turn looks at.
  std::array<char, 1024> landing_;
};

}  // namespace flashpoll::http
