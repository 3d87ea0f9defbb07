#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "infra/http/http.h"

namespace flashpoll::http {

/// The server's side of channels, as a hub would be, for tests: remembers who is open, what was
/// said and who has gone. `publish` keeps only the newest frame for who is busy.
class Subscribers {
 public:
  /// For `open_events` and `open_websocket`.
  std::function<ChannelEvents(std::shared_ptr<Channel>)> opener();

  void publish(const std::string& frame);
  /// Closes all with this code.
  void close(int code, const std::string& reason);

  [[nodiscard]] bool opened_become(std::size_t count);
  [[nodiscard]] bool closed_become(std::size_t count);
  [[nodiscard]] bool closed_become_at_once(std::size_t count);
  /// Waits for so many messages in all.
  std::vector<std::string> texts(std::size_t count);
  /// Frames of `publish` that were handed to a channel.
  std::size_t sent();

 private:
  struct One {
    std::shared_ptr<Channel> channel;
    std::shared_ptr<const std::string> next;  ///< I/O thread
  };
  void offer(const std::shared_ptr<One>& one);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<One>> open_;
  std::size_t opened_ = 0;
  std::size_t closed_ = 0;
  std::size_t sent_ = 0;
  std::vector<std::string> texts_;
};

}  // namespace flashpoll::http
