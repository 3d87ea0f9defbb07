#include "infra/http/server.h"

#include <thread>
#include <utility>

#include "infra/http/session.h"
#include "infra/http/worker.h"
#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::http {

namespace {

/// Beyond the limit, so many connections more are told 503; what is above is closed without a word.
constexpr std::size_t kToldOff = 1000;

void accept_on(const std::shared_ptr<Worker>& worker, Socket socket) {
  Shared& shared = worker->shared();
  const std::size_t open = shared.connections.load();
  const std::size_t limit = shared.config.limits.connections;
  if (open >= limit + kToldOff) return;
  error_code error;
  (void)socket.set_option(asio::ip::tcp::no_delay(true), error);
  (void)socket.non_blocking(true, error);
  if (error) return;
  const auto session = std::make_shared<Session>(worker, std::move(socket));
  worker->add(session);
  if (open >= limit) {
    session->turn_away();
  } else {
    session->start();
  }
}

/// Listening sockets share a port, which would let a second server of this user in unnoticed: this
/// one does not share.
void refuse_port_in_use(const ServerConfig& config) {
  asio::io_context context;
  try {
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(config.address), config.port);
    Acceptor probe(context, endpoint.protocol());
    probe.set_option(asio::socket_base::reuse_address(true));
    probe.bind(endpoint);
  } catch (const boost::system::system_error& error) {
    throw Misconfigured("cannot listen on " + config.address + " port " +
                        std::to_string(config.port) + ": " + error.code().message());
  }
}

}  // namespace

struct Server::Impl {
  std::shared_ptr<Shared> shared;
  std::vector<std::shared_ptr<Worker>> workers;
  std::vector<std::jthread> threads;
  std::uint16_t port = 0;
};

Server::Server(ServerConfig config, Router router) : impl_(std::make_unique<Impl>()) {
  FP_CHECK(config.threads > 0, "a server has threads");
  impl_->port = config.port;
  impl_->shared = std::make_shared<Shared>(std::move(config), std::move(router));
}

Server::~Server() {
  for (const auto& worker : impl_->workers) worker->stop();
  impl_->threads.clear();
}

void Server::start() {
  const ServerConfig& config = impl_->shared->config;
  FP_CHECK(impl_->workers.empty(), "a server is started once");
  refuse_port_in_use(config);
  std::vector<std::shared_ptr<Worker>> workers;
  for (int i = 0; i < config.threads; ++i) {
    auto worker = std::make_shared<Worker>(impl_->shared);
    impl_->port = worker->listen(config.address, impl_->port, [raw = worker.get()](Socket socket) {
      accept_on(raw->shared_from_this(), std::move(socket));
    });
    workers.push_back(std::move(worker));
  }
  impl_->workers = std::move(workers);
  for (std::size_t i = 0; i < impl_->workers.size(); ++i) {
    impl_->threads.push_back(runtime::start_thread(
        config.name + "-" + std::to_string(i), [worker = impl_->workers[i]] { worker->run(); }));
  }
}

std::uint16_t Server::port() const { return impl_->port; }

std::size_t Server::connections() const { return impl_->shared->connections.load(); }

void Server::stop_accepting() {
  for (const auto& worker : impl_->workers) worker->stop_accepting();
}

bool Server::drain(std::chrono::milliseconds deadline) {
  for (const auto& worker : impl_->workers) worker->drain();
  Shared& shared = *impl_->shared;
  const auto until = std::chrono::steady_clock::now() + deadline;
  const runtime::MutexLock lock(shared.mutex);
  while (shared.connections.load() > 0) {
    if (!shared.none_left.wait_until(shared.mutex, until)) return shared.connections.load() == 0;
  }
  return true;
}

}  // namespace flashpoll::http
