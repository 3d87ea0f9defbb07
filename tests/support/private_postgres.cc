#include "tests/support/private_postgres.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace flashpoll::test {
namespace {

constexpr auto kLimit = std::chrono::seconds(30);
constexpr auto kPause = std::chrono::milliseconds(10);
const std::string kPrograms = "/usr/lib/postgresql/15/bin/";

using Words = std::vector<std::string>;

/// PostgreSQL refuses to run as root. Null when this is not root.
const passwd* server_user() {
  if (geteuid() != 0) return nullptr;
  const passwd* user = getpwnam("postgres");
  if (user == nullptr) throw std::runtime_error("there is no OS user postgres");
  return user;
}

/// In the child only: nothing here may allocate or throw.
[[noreturn]] void become(const passwd* user, char* const* words, const char* log, pid_t parent) {
  const int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  if (user != nullptr &&
      (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
    _exit(126);
  }
  // After the change of user, which clears it.
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (getppid() != parent) _exit(125);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(words[0], words);
  _exit(127);
}

pid_t spawn(const Words& command, const std::string& log) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const passwd* user = server_user();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) become(user, words.data(), log.c_str(), parent);
  return pid;
}

int run(const Words& command, const std::string& log) {
  const pid_t pid = spawn(command, log);
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string make_directory() {
  char path[] = "/tmp/fpg-XXXXXX";
  if (mkdtemp(path) == nullptr) throw std::runtime_error("mkdtemp failed");
  const passwd* user = server_user();
  if (user != nullptr && chown(path, user->pw_uid, user->pw_gid) != 0) {
    throw std::runtime_error("chown failed");
  }
  return path;
}

}  // namespace

PrivatePostgres::PrivatePostgres(std::vector<std::string> settings)
    : directory_(make_directory()), settings_(std::move(settings)) {
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
