#include "tests/support/private_postgres.h"

#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "tests/support/child.h"

namespace flashpoll::test {
namespace {

constexpr auto kLimit = std::chrono::seconds(30);
constexpr auto kPause = std::chrono::milliseconds(10);
const std::string kPrograms = "/usr/lib/postgresql/15/bin/";

/// PostgreSQL refuses to run as root. Null when this is not root.
const passwd* server_user() {
  if (geteuid() != 0) return nullptr;
  const passwd* user = getpwnam("postgres");
  if (user == nullptr) throw std::runtime_error("there is no OS user postgres");
  return user;
}

pid_t spawn(const Words& command, const std::string& log) {
  return test::spawn(command, {.log = log, .user = server_user(), .death_signal = SIGQUIT});
}

int run(const Words& command, const std::string& log) {
  return test::run(command, {.log = log, .user = server_user(), .death_signal = SIGQUIT});
}

std::string make_directory(const std::string& parent) {
  std::string path = parent + "/fpg-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no directory in " + parent);
  const passwd* user = server_user();
  if (user != nullptr && chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
    throw std::runtime_error("chown failed");
  }
  return path;
}

}  // namespace

PrivatePostgres::PrivatePostgres(std::vector<std::string> settings, const std::string& parent)
    : directory_(make_directory(parent)), settings_(std::move(settings)) {
  const int status = run({kPrograms + "initdb", "--no-sync", "-A", "trust", "-U", "postgres", "-E",
                          "UTF8", "--locale=C.UTF-8", "-D", directory_ + "/data"},
                         directory_ + "/log");
  if (status != 0) {
    throw std::runtime_error("initdb of PostgreSQL 15 failed, is it installed? " + log_text());
  }
  start();
}

PrivatePostgres::~PrivatePostgres() {
  end(SIGQUIT);  // at once: what it holds is thrown away
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

PrivatePostgres& PrivatePostgres::shared() {
  static PrivatePostgres server;
  return server;
}

std::string PrivatePostgres::connection_string(const std::string& database) const {
  return "host=" + directory_ + " user=postgres dbname=" + database;
}

std::string PrivatePostgres::create_database() {
  const std::string name = "test_" + std::to_string(++databases_);
  if (run({kPrograms + "createdb", "-h", directory_, "-U", "postgres", name},
          directory_ + "/log") != 0) {
    throw std::runtime_error("createdb failed: " + log_text());
  }
  return connection_string(name);
}

void PrivatePostgres::start() {
  if (pid_ != 0) return;
  const auto until = std::chrono::steady_clock::now() + kLimit;
  launch();
  while (!answers()) {
    const bool ended = has_ended();
    // After a crash the first tries may find the old server's children still going.
    if (ended && crashed_) launch();
    if ((ended && !crashed_) || std::chrono::steady_clock::now() > until) {
      stop();
      throw std::runtime_error("PostgreSQL does not start: " + log_text());
    }
    std::this_thread::sleep_for(kPause);
  }
  crashed_ = false;
}

void PrivatePostgres::launch() {
  Words command = {kPrograms + "postgres", "-D", directory_ + "/data"};
  Words settings = {"listen_addresses=", "unix_socket_directories=" + directory_, "fsync=on",
                    "full_page_writes=on", "max_connections=200"};
  settings.insert(settings.end(), settings_.begin(), settings_.end());
  for (const std::string& setting : settings) {
    command.push_back("-c");
    command.push_back(setting);
  }
  pid_ = spawn(command, directory_ + "/log");
}

bool PrivatePostgres::answers() const {
  return run({kPrograms + "pg_isready", "-q", "-h", directory_, "-t", "5"}, "/dev/null") == 0;
}

bool PrivatePostgres::has_ended() {
  if (waitpid(pid_, nullptr, WNOHANG) == 0) return false;
  pid_ = 0;
  return true;
}

void PrivatePostgres::stop() { end(SIGINT); }

void PrivatePostgres::end(int signal) {
  if (pid_ == 0) return;
  kill(pid_, signal);
  const auto until = std::chrono::steady_clock::now() + kLimit;
  while (!has_ended()) {
    if (std::chrono::steady_clock::now() > until) return kill9();
    std::this_thread::sleep_for(kPause);
  }
}

void PrivatePostgres::restart() {
  stop();
  start();
}

void PrivatePostgres::kill9() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  crashed_ = true;
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void PrivatePostgres::set(std::string setting) { settings_.push_back(std::move(setting)); }

std::string PrivatePostgres::log_text() const {
  std::ifstream file(directory_ + "/log");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace flashpoll::test
