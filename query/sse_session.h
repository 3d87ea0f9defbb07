#pragma once

#include <memory>
#include <optional>

#include "infra/http/http.h"
#include "query/admissions.h"
#include "query/fanout.h"

namespace flashpoll::query {

/// One stream of server-sent events: one poll, from its first state to its end or the client's. A
/// client that is slow gets the newest state when it has taken the one before. The channel's I/O
/// thread only.
class SseSession : public Receiver, public std::enable_shared_from_this<SseSession> {
 public:
  /// Begins to send. The session lives as long as the events that it returns.
  [[nodiscard]] static http::ChannelEvents open(Watchers& watchers, Admitted admitted,
                                                std::shared_ptr<http::Channel> channel);

  SseSession(Admitted admitted, std::shared_ptr<Fanout> fanout,
             std::shared_ptr<http::Channel> channel);
  void expect() const override;
  void take(const std::shared_ptr<const Announcement>& news) override;

 private:
  void begin();
  void send_newest();
  void closed();
  void leave();

  std::optional<Watchers::Hold> hold_;
  const events::PollId poll_;
  const bool has_voted_;
  std::shared_ptr<const Announcement> waiting_;  ///< not sent yet
  std::uint64_t version_ = 0;                    ///< of the newest taken
  bool ended_ = false;                           ///< the last one was sent
  const std::shared_ptr<Fanout> fanout_;
  std::shared_ptr<http::Channel> channel_;  ///< null: closed
};

}  // namespace flashpoll::query
