#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "infra/http/http.h"
#include "infra/http/request.h"

namespace flashpoll::http {

class Session;

/// Holds one request and carries its one answer to the session's I/O thread, from any thread.
class SessionExchange final : public Exchange {
 public:
  explicit SessionExchange(std::shared_ptr<Session> session);
  ~SessionExchange() override;

  [[nodiscard]] const Request& request() const override { return *request_; }
  void drop_request() override { request_.reset(); }
  void answer(Response response) override;
  void answer_by(std::function<Response()> make) override;
  void answer_ready(std::shared_ptr<const ReadyResponse> ready) override;
  void answer_stream(Response head, BodySource source) override;
  void open_events(Response head,
                   std::function<ChannelEvents(std::shared_ptr<Channel>)> opened) override;
  void open_body(Response head,
                 std::function<ChannelEvents(std::shared_ptr<Channel>)> opened) override;
  [[nodiscard]] bool open_websocket(
      std::string_view subprotocol,
      std::function<ChannelEvents(std::shared_ptr<Channel>)> opened) override;

  // For the session.
  [[nodiscard]] ReceivedRequest& received() { return *request_; }
  /// From now on an answer is owed.
  void hand_over() { state_ = State::open; }
  /// The handler threw: whatever it, or somebody to whom it gave the exchange, answers from now on
  /// is void. False when an answer is on its way already.
  [[nodiscard]] bool give_up();

 private:
  enum class State : std::uint8_t { building, open, answered, given_up };

  /// True for the first answer. A second one is a bug.
  [[nodiscard]] bool claim();
  template <typename Act>
  void on_session(Act act);

  const std::shared_ptr<Session> session_;
  std::unique_ptr<ReceivedRequest> request_ = std::make_unique<ReceivedRequest>();
  std::atomic<State> state_ = State::building;
};

}  // namespace flashpoll::http
