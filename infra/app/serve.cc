#include <sys/resource.h>

#include <future>
#include <optional>

#include "infra/app/cli.h"
#include "infra/app/health.h"
#include "infra/app/request_figures.h"
#include "infra/app/roles.h"
#include "infra/http/server.h"
#include "infra/runtime/build_info.h"
#include "infra/runtime/lifecycle.h"
#include "infra/runtime/mutex.h"
#include "infra/runtime/signals.h"
#include "infra/runtime/thread.h"

namespace flashpoll::app {

namespace {

constexpr std::chrono::milliseconds kDrainConnections{3'000};

/// Where the main thread waits for the end, and why it came.
class Ending {
 public:
  void stop() { end(std::nullopt); }
  void refuse_ledger(const std::string& why) { end(why); }

  /// The reason why the ledger is refused, or nothing for an orderly stop.
  std::optional<std::string> wait() {
    const runtime::MutexLock lock(mutex_);
    while (!over_) ended_.wait(mutex_);
    return why_;
  }

 private:
  void end(const std::optional<std::string>& why) {
    {
      const runtime::MutexLock lock(mutex_);
      if (over_) return;
      over_ = true;
      why_ = why;
    }
    ended_.notify_one();
  }

  runtime::Mutex mutex_;
  runtime::Condition ended_;
  bool over_ FP_GUARDED_BY(mutex_) = false;
  std::optional<std::string> why_ FP_GUARDED_BY(mutex_);
};

using Roles = std::vector<std::unique_ptr<Role>>;

void add_caution(Health& health, const ledger::Ledger& ledger) {
  const std::string caution = ledger.caution();
  if (caution.empty()) return;
  health.add(
      [caution]() -> std::vector<Check> { return {{"ledger", Check::State::warn, caution}}; });
}

using Made = std::future<std::unique_ptr<Role>>;

/// On a thread of its own: restoring what a long ledger came to takes a while.
template <typename Make>
Made begin(Make make) {
  return std::async(std::launch::async, [make] {
    runtime::name_this_thread("restore");
    return make();
  });
}

Roles make_roles(const std::string& which, Base& base, Health& health) {
  const bool all = which == "all";
  const auto history = which == "query" ? nullptr : std::make_shared<History>(base);
  if (history) add_caution(health, *history->ledger);
  std::vector<Made> made;
  if (all || which == "projector") {
    made.push_back(begin([&] { return make_projector_role(base, history); }));
  }
  if (all || which == "command") {
    made.push_back(begin([&] { return make_command_role(base, history); }));
  }
  if (all || which == "query") made.push_back(begin([&] { return make_query_role(base); }));
  Roles roles;
  for (Made& one : made) roles.push_back(one.get());
  return roles;
}

std::vector<http::Header> security_headers() {
  return {{"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", "same-origin"},
          {"Cross-Origin-Opener-Policy", "same-origin"}};
}

http::ServerConfig public_server(Base& base, RequestFigures& figures) {
  http::ServerConfig config;
  config.address = base.settings.listen;
  config.port = base.settings.port;
  config.threads = static_cast<int>(base.settings.io_threads);
  config.headers = security_headers();
  config.proxies = base.settings.trusted_proxies;
  config.on_fault = [&base](std::string_view pattern, std::string_view what) {
    base.log.error("http", "a handler failed", {{"route", pattern}, {"cause", what}});
  };
  config.on_answered = [&figures](const http::Answered& answered) { figures.count(answered); };
  return config;
}

/// The public port and the process's readiness, which go together. A process whose roles have no
/// routes opens no port.
class PublicPort {
 public:
  PublicPort(Base& base, Health& health, http::Router routes)
      : log_(base.log), health_(health), figures_(base.metrics) {
    if (!routes.routes().empty()) server_.emplace(public_server(base, figures_), std::move(routes));
  }

  void open() {
    if (server_) server_->start();
    health_.enter(Health::Phase::serving);
  }
  void close() {
    health_.enter(Health::Phase::stopping);
    if (!server_) return;
    server_->stop_accepting();
    if (!server_->drain(kDrainConnections)) log_.warning("serve", "connections were cut");
  }
  /// `none` without one.
  [[nodiscard]] std::string number() const {
    return server_ ? std::to_string(server_->port()) : "none";
  }

 private:
  runtime::Log& log_;
  Health& health_;
  RequestFigures figures_;
  std::optional<http::Server> server_;
};

http::ServerConfig admin_server(const Base& base) {
  http::ServerConfig config;
  config.address = base.settings.admin_listen;
  config.port = base.settings.admin_port;
  config.threads = 1;
  config.name = "admin";
  return config;
}

/// Each connection is a descriptor, and the usual soft limit of 1024 is there for programs that use
/// select().
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const std::string& which, const runtime::Config& config) {
  const Settings settings = read_settings(config);
  runtime::block_stop_signals();
  raise_descriptor_limit();
  Ending ending;
  Base base(settings);
  base.on_corrupt = [&ending](const std::string& why) { ending.refuse_ledger(why); };
  const runtime::StopSignals signals([&ending](int) { ending.stop(); });

  Health health;
  const Roles roles = make_roles(which, base, health);
  http::Router routes;
  for (const auto& role : roles) {
    role->add_routes(routes);
    role->add_checks(health);
  }
  http::Router admin_routes;
  add_admin_routes(admin_routes, health, base.metrics);
  http::Server admin(admin_server(base), std::move(admin_routes));
  PublicPort port(base, health, std::move(routes));

  runtime::Lifecycle parts(base.log);
  parts.add(
      "admin port", [&] { admin.start(); }, [&] { admin.drain(std::chrono::milliseconds(200)); });
  for (const auto& role : roles) {
    parts.add("role", [&role] { role->start(); }, [&role] { role->stop(); });
  }
  parts.add("public port", [&port] { port.open(); }, [&port] { port.close(); });
  parts.start();
  base.log.info("serve", "listening",
                {{"port", port.number()},
                 {"admin_port", admin.port()},
                 {"role", which},
                 {"version", runtime::version()}});
  const auto refused = ending.wait();
  base.log.info("serve", "stopping");
  parts.stop(std::chrono::milliseconds(settings.stop_timeout_ms));
  if (!refused) return kOk;
  base.log.error("serve", "the ledger is refused", {{"why", *refused}});
  return kLedgerRefused;
}

}  // namespace

void add_serve(Program& program) {
  CLI::App* command = program.cli.add_subcommand("serve", "Run the service");
  auto role = std::make_shared<std::string>("all");
  command->add_option("--role", *role, "all, command, projector or query")
      ->check(CLI::IsMember({"all", "command", "projector", "query"}));
  const auto flags = SettingFlags::add_to(*command);
  command->callback([&program, role, flags] { program.exit_code = serve(*role, flags->load()); });
}

}  // namespace flashpoll::app
