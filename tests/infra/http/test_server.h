#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "infra/http/server.h"

namespace flashpoll::http {

/// A started server on a free port of loopback, with short deadlines and a few routes:
/// `/hello`, `/echo` (POST; answers method, query, client and body), `/held` (kept until the test
/// answers it), `/throws/{what}`, `/dropped`, and whatever the test adds.
class TestServer {
 public:
  static ServerConfig short_deadlines();
  explicit TestServer(ServerConfig config = short_deadlines(), Router more = {});

  Server& operator*() { return server_; }
  Server* operator->() { return &server_; }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  /// The next exchange of `/held`.
  std::shared_ptr<Exchange> held();
  /// Waits until `on_fault` was told that many times, and gives what it was told.
  std::vector<std::string> faults(std::size_t count);
  /// Waits until so many connections are open.
  [[nodiscard]] bool connections_become(std::size_t count) const;

 private:
  Router routes(Router more);
  ServerConfig watched(ServerConfig config);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Exchange>> held_;
  std::vector<std::string> faults_;
  Server server_;
};

}  // namespace flashpoll::http
