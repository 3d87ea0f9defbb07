#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "infra/http/addresses.h"
#include "infra/http/asio.h"
#include "infra/http/server.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::http {

/// What all I/O threads of a server share. Does not change after the start, but for the count.
struct Shared {
  /// Throws Misconfigured.
  Shared(ServerConfig config, Router router);

  const ServerConfig config;
  const Router router;
  const Proxies proxies;
  std::string fixed_fields;  ///< the configured headers as lines

  std::atomic<std::size_t> connections = 0;
  runtime::Mutex mutex;
  runtime::Condition none_left;  ///< told when `connections` falls to 0
};

/// One open connection, of whatever kind. Everything on its worker's I/O thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  virtual ~Connection() = default;
  /// The deadline passed; it is cleared before.
  virtual void on_deadline() = 0;
  /// The server is going down: end as soon as it is polite.
  virtual void drain() = 0;
  /// End now.
  virtual void abort() = 0;
  /// As asked for by `Worker::later`.
  virtual void on_turn() {}

 protected:
  void set_deadline(std::chrono::milliseconds from_now);
  /// By `Worker::now_ms`.
  void set_deadline_at(std::int64_t at_ms) { deadline_ms_ = at_ms; }
  void clear_deadline() { deadline_ms_ = 0; }

 private:
  friend class Worker;
  std::int64_t deadline_ms_ = 0;  ///< by `Worker::now_ms`; 0: none
  std::size_t place_ = 0;         ///< among the worker's connections
};

/// One I/O thread: an event loop, a listening socket, the connections that it accepted, and one
/// coarse timer for all their deadlines. Outlives its thread as long as somebody holds it; `post`
/// does nothing then.
class Worker : public std::enable_shared_from_this<Worker> {
 public:
  using Task = std::function<void()>;
  using Accepted = std::function<void(Socket)>;

  explicit Worker(std::shared_ptr<Shared> shared);

  /// Before `run`: opens the listening socket, shared with the other workers. Gives the port;
  /// throws Misconfigured. `accepted` is called for each connection.
  std::uint16_t listen(const std::string& address, std::uint16_t port, Accepted accepted);
  /// The thread's body: until `stop`.
  void run();

  // Any thread.

  /// Runs the task on the I/O thread. False, and the task dropped, when that has ended. `about`:
  /// the connection that it looks at, if it is one, which is fetched while others run.
  bool post(Task task, const Connection* about = nullptr);
  void stop_accepting();
  void drain();
  void stop();

  // I/O thread.

  [[nodiscard]] bool on_thread() const;
  void add(std::shared_ptr<Connection> connection);
  void remove(Connection& connection);
  /// Calls `on_turn` when what is ready now has been handled.
  void later(std::shared_ptr<Connection> connection);
  [[nodiscard]] bool draining() const { return draining_; }
  [[nodiscard]] Shared& shared() { return *shared_; }
  [[nodiscard]] asio::io_context& context() { return context_; }
  /// Room for one read, used by one connection after the other.
  [[nodiscard]] std::span<char> scratch() { return scratch_; }
  /// Date and the configured headers, as lines.
  [[nodiscard]] std::string_view common_fields();
  /// Tells `on_fault`, if there is one.
  void fault(std::string_view pattern, std::string_view what);

  [[nodiscard]] static std::int64_t now_ms();

 private:
  struct Posted {
    Task task;
    const Connection* about;
  };

  void accept();
  void tick();
  void expire();
  void close_acceptor();
  void run_inbox();
  void run_turn();
  void for_each(const std::function<void(Connection&)>& act);

  std::shared_ptr<Shared> shared_;
  /// Sockets and timers are used on the one thread that runs it, so Asio need not lock them.
  asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  asio::executor_work_guard<Executor> work_{context_.get_executor()};
  std::optional<Acceptor> acceptor_;
  Accepted accepted_;
  bool accept_again_ = false;  ///< accepting failed for want of descriptors: try at the next tick
  Timer timer_{context_};
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Connection>> later_;
  std::vector<std::shared_ptr<Connection>> turns_;  ///< those of the turn under way
  bool turn_due_ = false;
  bool draining_ = false;
  bool stopping_ = false;
  std::array<char, 64 * 1024> scratch_;
  std::string common_fields_;
  std::time_t common_fields_at_ = 0;
  std::vector<Posted> running_;  ///< what the inbox held, while it is done; keeps its room

  runtime::Mutex mutex_;
  std::vector<Posted> inbox_ FP_GUARDED_BY(mutex_);
  bool ended_ FP_GUARDED_BY(mutex_) = false;
};

}  // namespace flashpoll::http
