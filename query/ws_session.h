#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <unordered_map>

#include "infra/http/http.h"
#include "query/fanout.h"
#include "query/hub.h"
#include "query/ws_message.h"

namespace flashpoll::query {

/// One WebSocket that watches up to 64 polls. Answers go before states, in order; of each poll only
/// the newest state waits, and the polls take turns. The channel's I/O thread only.
class WsSession : public std::enable_shared_from_this<WsSession> {
 public:
  static constexpr std::size_t kMaxPolls = 64;
  /// Answers that a client has not taken yet; one more closes with 1013.
  static constexpr std::size_t kMaxAnswers = 128;

  /// `caller`: of the upgrade request; a message's `credential` wins. The session lives as long as
  /// the events that it returns; the hub must outlive it.
  [[nodiscard]] static http::ChannelEvents open(Hub& hub, Caller caller,
                                                std::shared_ptr<http::Channel> channel);

  WsSession(Hub& hub, Caller caller, std::shared_ptr<http::Channel> channel);

 private:
  class Subscription;
  using Subscriptions = std::unordered_map<events::PollId, std::shared_ptr<Subscription>>;

  void hear(std::string_view text);
  void subscribe(const ClientMessage& message, events::PollId poll);
  void admitted(events::PollId poll, const std::shared_ptr<Subscription>& asked,
                Admission admission);
  void begin(events::PollId poll, const std::shared_ptr<Subscription>& asked, Admitted admitted);
  void drop(events::PollId poll);
  void answer(std::string text);
  void refuse(std::string_view poll, Refused refused);
  void send_next();
  void send_state(Subscriptions::iterator it);
  void close(int code, std::string_view reason);
  void closed();

  Hub& hub_;
  const Caller caller_;
  const std::shared_ptr<Fanout> fanout_;
  std::shared_ptr<http::Channel> channel_;  ///< null: closing or closed
  Subscriptions subscriptions_;             ///< asked for or admitted
  std::size_t asking_ = 0;  ///< questions to the hub under way, also for polls given up
  std::deque<SharedText> answers_;
  std::deque<events::PollId> ready_;  ///< polls with a state to be sent, each once
};

}  // namespace flashpoll::query
