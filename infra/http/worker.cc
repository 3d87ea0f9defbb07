#include "infra/http/worker.h"

#include <boost/asio/post.hpp>
#include <ctime>
#include <utility>

#include "infra/http/head_writer.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/fetch_ahead.h"

namespace flashpoll::http {
namespace {

/// Thousands of connections are more than the caches hold, so one is fetched while others are
/// served: so many of them ahead, and about so much of each.
constexpr std::size_t kFetchAhead = 8;
constexpr std::size_t kConnectionBytes = 384;

}  // namespace

Shared::Shared(ServerConfig given, Router routes)
    : config(std::move(given)), router(std::move(routes)), proxies(config.proxies) {
  for (const auto& [name, value] : config.headers) {
    if (!append_field(fixed_fields, name, value)) {
      throw Misconfigured("the configured header '" + name + "' is no proper header");
    }
  }
}

void Connection::set_deadline(std::chrono::milliseconds from_now) {
  deadline_ms_ = Worker::now_ms() + from_now.count();
}

Worker::Worker(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

std::int64_t Worker::now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);  // finer than a tick, for a fifth of the price
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

std::uint16_t Worker::listen(const std::string& address, std::uint16_t port, Accepted accepted) {
  using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  accepted_ = std::move(accepted);
  try {
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address), port);
    acceptor_.emplace(context_, endpoint.protocol());
    acceptor_->set_option(asio::socket_base::reuse_address(true));
    acceptor_->set_option(ReusePort(true));
    acceptor_->bind(endpoint);
    acceptor_->listen(4096);
    return acceptor_->local_endpoint().port();
  } catch (const boost::system::system_error& error) {
    throw Misconfigured("cannot listen on " + address + " port " + std::to_string(port) + ": " +
                        error.code().message());
  }
}

void Worker::run() {
  tick();
  accept();
  context_.run();
  // Tasks that came after the last loop turn are dropped, with what they hold, outside of the lock.
  std::vector<Posted> dropped;
  const runtime::MutexLock lock(mutex_);
  ended_ = true;
  dropped.swap(inbox_);
}

bool Worker::post(Task task, const Connection* about) {
  {
    const runtime::MutexLock lock(mutex_);
    if (ended_) return false;
    inbox_.push_back({std::move(task), about});
    // Whoever finds it empty wakes the loop; the others ride along.
    if (inbox_.size() > 1) return true;
  }
  asio::post(context_, [this] { run_inbox(); });
  return true;
}

void Worker::run_inbox() {
  {
    const runtime::MutexLock lock(mutex_);
    running_.swap(inbox_);
  }
  const auto run = [this](std::size_t i) {
    Task& task = running_[i].task;
    task();
    task = nullptr;
  };
  runtime::for_each_fetched(running_, kFetchAhead, kConnectionBytes, run,
                            [](const Posted& posted) { return posted.about; });
  running_.clear();
}

bool Worker::on_thread() const {
  // Asio knows which thread runs a context; the executor's getter is not const-correct in 1.81.
  return const_cast<asio::io_context&>(context_).get_executor().running_in_this_thread();
}

void Worker::accept() {
  if (!acceptor_) return;
  acceptor_->async_accept(context_, [this](const error_code& error, Socket socket) {
    if (!acceptor_) return;
    if (error && error != asio::error::connection_aborted) {
      accept_again_ = true;
      return;
    }
    if (!error) accepted_(std::move(socket));
    accept();
  });
}

void Worker::close_acceptor() { acceptor_.reset(); }

void Worker::stop_accepting() {
  post([this] { close_acceptor(); });
}

void Worker::drain() {
  post([this] {
    close_acceptor();
    draining_ = true;
    for_each([](Connection& connection) { connection.drain(); });
  });
}

void Worker::stop() {
  post([this] {
    close_acceptor();
    draining_ = true;
    for_each([](Connection& connection) { connection.abort(); });
    stopping_ = true;
    timer_.cancel();
    work_.reset();
  });
}

void Worker::add(std::shared_ptr<Connection> connection) {
  connection->place_ = connections_.size();
  connections_.push_back(std::move(connection));
  shared_->connections.fetch_add(1);
}

void Worker::remove(Connection& connection) {
  // The last one takes its place.
  const std::size_t place = connection.place_;
  connections_.back()->place_ = place;
  const auto removed = std::exchange(connections_[place], connections_.back());
  connections_.pop_back();
  if (shared_->connections.fetch_sub(1) > 1) return;
  const runtime::MutexLock lock(shared_->mutex);
  shared_->none_left.notify_all();
}

void Worker::later(std::shared_ptr<Connection> connection) {
  later_.push_back(std::move(connection));
  if (std::exchange(turn_due_, true)) return;
  asio::post(context_, [this] { run_turn(); });
}

/// Answers go out right after each other, so that a peer on this machine is woken for many of them
/// instead of for each; then those who were answered read.
void Worker::run_turn() {
  for (int pass = 0; pass < 2; ++pass) {
    turns_.swap(later_);
    runtime::for_each_fetched(turns_, kFetchAhead, kConnectionBytes,
                              [&](std::size_t i) { turns_[i]->on_turn(); });
    turns_.clear();
  }
  turn_due_ = !later_.empty();
  if (turn_due_) asio::post(context_, [this] { run_turn(); });
}

void Worker::for_each(const std::function<void(Connection&)>& act) {
  // A copy, as acting may remove connections.
  const std::vector<std::shared_ptr<Connection>> all = connections_;
  for (const auto& connection : all) act(*connection);
}

void Worker::tick() {
  timer_.expires_after(shared_->config.timeouts.tick);
  timer_.async_wait([this](const error_code& error) {
    // One that had expired before the cancel comes without an error.
    if (error || stopping_) return;
    expire();
    if (std::exchange(accept_again_, false)) accept();
    tick();
  });
}

void Worker::expire() {
  const std::int64_t now = now_ms();
  std::vector<std::shared_ptr<Connection>> expired;
  runtime::for_each_fetched(connections_, kFetchAhead, sizeof(Connection), [&](std::size_t i) {
    const auto& connection = connections_[i];
    if (connection->deadline_ms_ == 0 || connection->deadline_ms_ > now) return;
    connection->deadline_ms_ = 0;
    expired.push_back(connection);
  });
  for (const auto& connection : expired) connection->on_deadline();
}

std::string_view Worker::common_fields() {
  const std::time_t now = std::time(nullptr);
  if (now != common_fields_at_) {
    common_fields_at_ = now;
    common_fields_ = "Date: " + http_date(now) + "\r\n" + shared_->fixed_fields;
  }
  return common_fields_;
}

void Worker::fault(std::string_view pattern, std::string_view what) {
  if (shared_->config.on_fault) shared_->config.on_fault(pattern, what);
}

}  // namespace flashpoll::http
