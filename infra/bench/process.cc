#include "infra/bench/process.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "infra/runtime/thread.h"

namespace flashpoll::bench {

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Words of /proc/PID/stat behind the name, which may hold spaces; the first is the state.
std::vector<std::string> stat_of(pid_t pid) {
  const std::string text = text_of("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos) return {};
  std::istringstream words(text.substr(name_end + 2));
  return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
}

double number_behind(const std::string& text, const std::string& name) {
  const std::size_t at = text.find(name);
  return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size()));
}

double switches_of(pid_t pid) {
  double sum = 0;
  std::error_code gone;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    const std::string status = text_of(task.path().string() + "/status");
    sum += number_behind(status, "\nvoluntary_ctxt_switches:") +
           number_behind(status, "nonvoluntary_ctxt_switches:");
  }
  return sum;
}

double ticks(const std::vector<std::string>& stat, std::size_t first) {
  return (std::stod(stat[first]) + std::stod(stat[first + 1])) /
         static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// Places in what `stat_of` gives.
constexpr std::size_t kParent = 1;
constexpr std::size_t kOwnTicks = 11;
constexpr std::size_t kChildrenTicks = 13;

/// By parent, of the whole machine.
std::multimap<pid_t, pid_t> all_children() {
  std::multimap<pid_t, pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto pid = static_cast<pid_t>(std::stol(name));
    const std::vector<std::string> stat = stat_of(pid);
    if (!stat.empty()) children.emplace(std::stol(stat[kParent]), pid);
  }
  return children;
}

bool is_free(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

}  // namespace

Pinned::Pinned(std::optional<int> core) {
  ::sched_getaffinity(0, sizeof before_, &before_);
  if (!core) return;
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>(*core), &only);
  if (::sched_setaffinity(0, sizeof only, &only) != 0) {
    throw std::runtime_error("core " + std::to_string(*core) + " is not to be had");
  }
}

Pinned::~Pinned() { ::sched_setaffinity(0, sizeof before_, &before_); }

Process::Process(const test::Words& command, std::string log)
    : log_(std::move(log)),
      pid_(test::spawn(command, {.log = log_, .user = nullptr, .death_signal = SIGKILL})) {}

Process::~Process() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Process::running() {
  if (pid_ == 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  pid_ = 0;
  return false;
}

int Process::end() {
  if (running()) ::kill(pid_, SIGTERM);
  return wait(std::chrono::seconds(60));
}

int Process::wait(std::chrono::seconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (running()) {
    if (std::chrono::steady_clock::now() > until) ::kill(pid_, SIGKILL);
    runtime::pause({}, std::chrono::milliseconds(5));
  }
  return code_;
}

std::string Process::output() const { return text_of(log_); }

Usage& Usage::operator+=(const Usage& other) {
  cpu_seconds += other.cpu_seconds;
  rss_mb += other.rss_mb;
  switches += other.switches;
  return *this;
}

Usage usage_of(pid_t pid) {
  const std::vector<std::string> stat = stat_of(pid);
  if (stat.empty()) return {};
  const std::string status = text_of("/proc/" + std::to_string(pid) + "/status");
  return {.cpu_seconds = ticks(stat, kOwnTicks),
          .rss_mb = number_behind(status, "VmRSS:") / 1024,
          .switches = switches_of(pid)};
}

Usage usage_of_tree(pid_t pid) {
  const std::multimap<pid_t, pid_t> children = all_children();
  Usage sum;
  std::vector<pid_t> left = {pid};
  while (!left.empty()) {
    const pid_t next = left.back();
    left.pop_back();
    const std::vector<std::string> stat = stat_of(next);
    if (stat.empty()) continue;
    sum += usage_of(next);
    sum.cpu_seconds += ticks(stat, kChildrenTicks);
    const auto [begin, end] = children.equal_range(next);
    for (auto child = begin; child != end; ++child) left.push_back(child->second);
  }
  return sum;
}

double children_cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::string own_path() { return std::filesystem::read_symlink("/proc/self/exe"); }

std::uint16_t free_port() {
  std::random_device random;
  for (;;) {
    const auto port = static_cast<std::uint16_t>(10'000 + random() % 20'000);
    if (is_free(port)) return port;
  }
}

void wait_until(const char* what, std::chrono::seconds limit, const std::function<bool()>& is_so) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > until) {
      throw std::runtime_error(std::string("not in time: ") + what);
    }
    runtime::pause({}, std::chrono::milliseconds(10));
  }
}

}  // namespace flashpoll::bench
