#pragma once

#include <memory>
#include <optional>
#include <string>

#include "infra/http/channel_base.h"
#include "infra/http/upgrade.h"
#include "infra/http/websocket_frames.h"

namespace flashpoll::http {

/// A WebSocket (RFC 6455): text messages, no extensions. What is sent goes out one frame after the
/// other: the user's first, then the latest pong, a ping, the close. I/O thread.
class WebSocketChannel final : public ChannelBase {
 public:
  /// Answers the upgrade.
  static void begin(const std::shared_ptr<Worker>& worker, Socket socket, const Upgrade& upgrade,
                    Opened opened);
  WebSocketChannel(const std::shared_ptr<Worker>& worker, Socket socket, Opened opened);

  void send(std::shared_ptr<const std::string> frame) override;
  void close(int code, std::string_view reason) override;
  void on_deadline() override;
  void drain() override;

 private:
  /// What is in flight.
  enum class Writing : std::uint8_t { nothing, handshake, user, control, close };

  // Writing.
  void pump();
  void write(Writing what, std::string head, std::shared_ptr<const std::string> body);
  void write_control(Writing what, Opcode opcode, std::string payload);
  void sent() override;
  void watch();
  // Reading.
  bool heard(std::string_view bytes) override;
  void received(Message message);
  void closed_by_peer(std::string payload);

  FrameReader reader_;
  Writing writing_ = Writing::nothing;
  std::shared_ptr<const std::string> frame_;  ///< the user's, not in flight yet
  std::optional<std::string> pong_;           ///< owed for the latest ping
  bool ping_due_ = false;
  std::optional<std::string> close_;  ///< owed
  bool closing_ = false;    ///< a close was wished for, by whomever: nothing is sent after it
  bool peer_done_ = false;  ///< nothing more is read
  bool awaiting_pong_ = false;
  std::int64_t ping_at_ms_;
  std::int64_t until_ms_ = 0;  ///< for what is in flight, or for the peer's close; 0: neither
};

}  // namespace flashpoll::http
