#pragma once

#include <memory>

#include "infra/http/worker.h"

namespace flashpoll::http {

/// The end of a connection on our side: nothing more is sent, what the peer still sends is thrown
/// away for a moment, so that it gets our last answer instead of a reset. I/O thread.
class Linger final : public Connection {
 public:
  static void begin(const std::shared_ptr<Worker>& worker, Socket socket);
  Linger(std::shared_ptr<Worker> worker, Socket socket);

  void on_deadline() override { abort(); }
  void drain() override {}
  void abort() override;

 private:
  void wait();
  void discard();

  const std::shared_ptr<Worker> worker_;
  Socket socket_;
  bool gone_ = false;
};

}  // namespace flashpoll::http
