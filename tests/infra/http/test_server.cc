#include "tests/infra/http/test_server.h"

#include <doctest/doctest.h>

#include <thread>

#include "infra/runtime/fault.h"

namespace flashpoll::http {

using namespace std::chrono_literals;

ServerConfig TestServer::short_deadlines() {
  ServerConfig config;
  config.timeouts = {.header = 300ms,
                     .body = 300ms,
                     .body_bytes_per_s = 1024,
                     .write = 500ms,
                     .idle = 10s,
                     .linger = 300ms,
                     .heartbeat = 200ms,
                     .ping = 300ms,
                     .tick = 10ms};
  config.headers = {{"X-Content-Type-Options", "nosniff"}};
  return config;
}

TestServer::TestServer(ServerConfig config, Router more)
    : server_(watched(std::move(config)), routes(std::move(more))) {
  server_.start();
}

ServerConfig TestServer::watched(ServerConfig config) {
  config.on_fault = [this](std::string_view pattern, std::string_view what) {
    const std::lock_guard lock(mutex_);
    faults_.push_back(std::string(pattern) + ": " + std::string(what));
    changed_.notify_all();
  };
  return config;
}

namespace {

void echo(const std::shared_ptr<Exchange>& exchange) {
  const Request& request = exchange->request();
  std::string text(request.method());
  for (const auto& [name, value] : request.query()) text += "|" + name + "=" + value;
  text += "|" + std::string(request.client_address()) + "|" + std::string(request.body());
  exchange->answer({.content_type = "text/plain", .body = std::move(text)});
}

void fail(const std::shared_ptr<Exchange>& exchange) {
  const std::string_view what = exchange->request().segment("what");
  if (what == "overloaded") throw Overloaded("raise queue_size");
  if (what == "unavailable") throw Unavailable("no database at /secret");
  throw std::runtime_error("a secret");
}

}  // namespace

Router TestServer::routes(Router more) {
  more.add("GET", "/hello", [](const std::shared_ptr<Exchange>& exchange) {
    exchange->answer({.content_type = "text/plain", .body = "hello"});
  });
  more.add("POST", "/echo", {.body_limit = 1000}, echo);
  more.add("GET", "/echo", echo);
  more.add("POST", "/json", {.media_types = {"application/json"}}, echo);
  more.add("GET", "/throws/{what}", fail);
  more.add("GET", "/dropped", [](const std::shared_ptr<Exchange>&) {});
  more.add("GET", "/held", [this](std::shared_ptr<Exchange> exchange) {
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(exchange));
    changed_.notify_all();
  });
  return more;
}

std::shared_ptr<Exchange> TestServer::held() {
  std::unique_lock lock(mutex_);
  REQUIRE(changed_.wait_for(lock, 20s, [this] { return !held_.empty(); }));
  auto exchange = std::move(held_.front());
  held_.erase(held_.begin());
  return exchange;
}

std::vector<std::string> TestServer::faults(std::size_t count) {
  std::unique_lock lock(mutex_);
  REQUIRE(changed_.wait_for(lock, 20s, [this, count] { return faults_.size() >= count; }));
  return faults_;
}

bool TestServer::connections_become(std::size_t count) const {
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (server_.connections() != count) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace flashpoll::http
