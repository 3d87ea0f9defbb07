#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "infra/http/outgoing.h"
#include "infra/http/worker.h"

namespace flashpoll::http {

/// What both kinds of channels share: the socket with what is on its way out, the user's events,
/// guarded against what they throw, and the one end. I/O thread but for `post`.
class ChannelBase : public Connection, public Channel {
 public:
  using Opened = std::function<ChannelEvents(std::shared_ptr<Channel>)>;

  void post(std::function<void()> task) override;
  [[nodiscard]] bool busy() const override { return busy_; }
  void abort() override;
  void on_turn() override;

 protected:
  ChannelBase(std::shared_ptr<Worker> worker, Socket socket, Opened opened);

  /// All of `out_` is with the kernel.
  virtual void sent() = 0;
  /// Bytes of the peer. False: nothing more shall be read.
  virtual bool heard(std::string_view bytes) = 0;

  /// Joins the worker's connections.
  void join();
  /// Reads on when there is something.
  void wait_readable();
  /// Sends what is left of `out_`, then tells `sent`.
  void flush();
  /// Ends the channel politely, after the last bytes were sent.
  void linger();
  /// Hands the channel to its user, in a later turn of the loop.
  void open();
  /// The frame is taken: not busy any more, and the user hears of it in a later turn of the loop,
  /// so that one who always has a next frame starves nobody.
  void idle();
  void text(std::string_view message);
  /// The body is whole.
  void end();
  [[nodiscard]] bool gone() const { return gone_; }
  [[nodiscard]] const ServerConfig& config() const { return worker_->shared().config; }

  Outgoing out_;
  bool busy_ = true;

 private:
  void call(const std::function<void()>& event);
  void read();
  /// Ends the channel; its socket is closed, or somebody else's.
  void finish();
  [[nodiscard]] std::shared_ptr<ChannelBase> self();

  const std::shared_ptr<Worker> worker_;
  Socket socket_;
  Opened opened_;
  std::shared_ptr<ChannelEvents> events_;
  bool gone_ = false;
};

}  // namespace flashpoll::http
