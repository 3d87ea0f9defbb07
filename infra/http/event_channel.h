#pragma once

#include <memory>
#include <string>
#include <utility>

#include "infra/http/channel_base.h"

namespace flashpoll::http {

/// A stream of server-sent events (WHATWG HTML, section 9.2), delimited by the end of the
/// connection and not chunked, so that one framed buffer serves all subscribers. I/O thread.
class EventChannel final : public ChannelBase {
 public:
  /// `head`: the bytes of the answer's head.
  static void begin(const std::shared_ptr<Worker>& worker, Socket socket, std::string head,
                    Opened opened);
  EventChannel(const std::shared_ptr<Worker>& worker, Socket socket, Opened opened)
      : ChannelBase(worker, std::move(socket), std::move(opened)) {}

  void send(std::shared_ptr<const std::string> frame) override;
  void close(int code, std::string_view reason) override;
  void on_deadline() override;
  void drain() override { close(1001, "going away"); }

 private:
  void sent() override;
  /// What the peer sends means nothing; that it goes is seen.
  bool heard(std::string_view) override { return true; }

  bool in_flight_ = true;  ///< `busy` lasts a loop turn longer
  bool opening_ = true;
  bool closing_ = false;
};

}  // namespace flashpoll::http
