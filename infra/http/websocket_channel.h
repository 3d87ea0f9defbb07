#pragma once

#include <memory>

#include "infra/http/channel_base.h"
#include "infra/http/upgrade.h"

namespace flashpoll::http {

/// A WebSocket (RFC 6455): text messages, no extensions. Its implementation sees Beast, nothing
/// else does. I/O thread.
class WebSocketChannel {
 public:
  static void begin(const std::shared_ptr<Worker>& worker, Socket socket, const Upgrade& upgrade,
                    ChannelBase::Opened opened);
};

}  // namespace flashpoll::http
