#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "infra/http/worker.h"

namespace flashpoll::http {

/// What both kinds of channels share: the user's events, guarded against what they throw, and the
/// one end. I/O thread but for `post`.
class ChannelBase : public Connection, public Channel {
 public:
  using Opened = std::function<ChannelEvents(std::shared_ptr<Channel>)>;

  void post(std::function<void()> task) override;
  [[nodiscard]] bool busy() const override { return busy_; }
  void abort() override;

 protected:
  ChannelBase(std::shared_ptr<Worker> worker, Opened opened);

  /// Closes the socket; called once.
  virtual void close_socket() = 0;

  /// Hands the channel to its user, in a later turn of the loop.
  void open();
  /// The frame is taken: not busy any more, and the user hears of it in a later turn of the loop,
  /// so that one who always has a next frame starves nobody.
  void idle();
  void text(std::string_view message);
  /// Ends the channel when its socket is somebody else's already.
  void finish();
  [[nodiscard]] bool gone() const { return gone_; }
  [[nodiscard]] std::shared_ptr<ChannelBase> base();
  [[nodiscard]] const std::shared_ptr<Worker>& worker() const { return worker_; }
  [[nodiscard]] const ServerConfig& config() const { return worker_->shared().config; }

  bool busy_ = true;

 private:
  void call(const std::function<void()>& event);

  const std::shared_ptr<Worker> worker_;
  Opened opened_;
  std::shared_ptr<ChannelEvents> events_;
  bool gone_ = false;
};

}  // namespace flashpoll::http
