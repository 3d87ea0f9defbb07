#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "infra/runtime/log.h"
#include "infra/runtime/wake.h"
#include "query/notified.h"

namespace flashpoll::query {

/// Payload of the channel `flashpoll_results`, see schemas/notifications/README.md. Empty for `*`,
/// and for what cannot be understood: then everything is read.
[[nodiscard]] std::optional<std::vector<Notified::Reached>> parse_notification(
    std::string_view payload);

/// Listens to the projector on a connection and a thread of its own. After each LISTEN, so also
/// after a lost connection, everything is taken as changed.
class Listener {
 public:
  /// `database`: connection string. The references must outlive it.
  Listener(std::string database, Notified& hub, runtime::Log& log);
  /// Stops: within the time of one connection attempt.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start();
  void stop();
  /// Whether it listens just now. Any thread.
  [[nodiscard]] bool hears() const { return hears_; }

 private:
  void run(const std::stop_token& stop);
  void listen(const std::stop_token& stop);

  const std::string database_;
  Notified& hub_;
  runtime::Log& log_;
  runtime::Wake wake_;
  int failures_ = 0;
  std::atomic<bool> hears_ = false;
  std::jthread thread_;
};

}  // namespace flashpoll::query
