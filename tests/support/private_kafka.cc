#include "tests/support/private_kafka.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

namespace flashpoll::test {
namespace {

constexpr auto kLimit = std::chrono::seconds(60);
constexpr auto kPause = std::chrono::milliseconds(10);
const std::string kScript = FLASHPOLL_SOURCE "/infra/dev/kafka";

std::string make_directory(const std::string& parent) {
  std::string path = parent + "/fka-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no directory in " + parent);
  return path;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int count(const std::string& text, const std::string& word) {
  int found = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

}  // namespace

PrivateKafka::PrivateKafka(int brokers, const PrivateKafkaOptions& options)
    : directory_(make_directory(options.parent)),
      options_(options),
      brokers_(static_cast<std::size_t>(brokers)) {
  (void)output_of({"prepare", directory_, std::to_string(brokers)}, directory_ + "/prepare.log");
  servers_ = output_of({"servers", directory_}, directory_ + "/servers.log");
  while (servers_.ends_with('\n')) servers_.pop_back();
  for (int broker = 1; broker <= brokers; ++broker) configure(broker);
  start();
}

Words PrivateKafka::script(const Words& words) const {
  Words command = {"/usr/bin/env"};
  if (!options_.version.empty()) command.push_back("FLASHPOLL_KAFKA_VERSION=" + options_.version);
  command.push_back(kScript);
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

std::string PrivateKafka::output_of(const Words& words, const std::string& log) const {
  std::filesystem::remove(log);
  const int status = run(script(words), {.log = log, .user = nullptr, .death_signal = SIGKILL});
  if (status != 0) throw std::runtime_error(words[0] + " failed: " + text_of(log));
  return text_of(log);
}

void PrivateKafka::configure(int broker) const {
  const std::string path = directory_ + "/node-" + std::to_string(broker) + ".properties";
  const std::string text = text_of(path);
  const std::size_t listeners = text.find("\nlisteners=") + std::string_view("\nlisteners=").size();
  const std::string now = text.substr(listeners, text.find('\n', listeners) - listeners);
  std::ofstream file(path, std::ios::app);
  // A broker that crashed may come back only when its last session is over.
  file << "broker.session.timeout.ms=1500\nbroker.heartbeat.interval.ms=300\n";
  for (std::string setting : options_.settings) {
    const std::size_t place = setting.find("{listeners}");
    if (place != std::string::npos) {
      setting.replace(place, std::string_view("{listeners}").size(), now);
    }
    file << setting << '\n';
  }
}

PrivateKafka::~PrivateKafka() {
  for (std::size_t i = 0; i < brokers_.size(); ++i) kill9(static_cast<int>(i) + 1);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

PrivateKafka& PrivateKafka::shared() {
  static PrivateKafka cluster;
  return cluster;
}

void PrivateKafka::kill9(int broker) {
  Broker& one = brokers_.at(static_cast<std::size_t>(broker - 1));
  if (one.pid == 0) return;
  kill(one.pid, SIGKILL);
  waitpid(one.pid, nullptr, 0);
  one.pid = 0;
}

void PrivateKafka::start() {
  // All at once: a majority of them elects the controller.
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    if (brokers_[i].pid != 0) continue;
    const std::string number = std::to_string(i + 1);
    Words command = script({"exec", directory_, number});
    // After the program `env`, which takes them.
    if (i > 0) {
      command.insert(command.begin() + 1, options_.environment.begin(), options_.environment.end());
    }
    brokers_[i].pid = spawn(
        command, {.log = directory_ + "/log-" + number, .user = nullptr, .death_signal = SIGKILL});
    ++brokers_[i].starts;
  }
  for (std::size_t i = 0; i < brokers_.size(); ++i) wait_started(static_cast<int>(i) + 1);
}

void PrivateKafka::wait_started(int broker) {
  Broker& one = brokers_[static_cast<std::size_t>(broker - 1)];
  const auto until = std::chrono::steady_clock::now() + kLimit;
  while (count(log_of(broker), "Kafka Server started") < one.starts) {
    const bool ended = waitpid(one.pid, nullptr, WNOHANG) != 0;
    if (ended) one.pid = 0;
    if (ended || std::chrono::steady_clock::now() > until) {
      throw std::runtime_error("Kafka does not start: " + log_of(broker));
    }
    std::this_thread::sleep_for(kPause);
  }
}

void PrivateKafka::freeze(int broker) const {
  kill(brokers_.at(static_cast<std::size_t>(broker - 1)).pid, SIGSTOP);
}

void PrivateKafka::freeze(int broker, std::chrono::milliseconds time) const {
  freeze(broker);
  std::this_thread::sleep_for(time);
  thaw(broker);
}

void PrivateKafka::thaw(int broker) const {
  kill(brokers_.at(static_cast<std::size_t>(broker - 1)).pid, SIGCONT);
}

std::string PrivateKafka::tool(Words words) const {
  words.insert(words.begin(), "tool");
  return output_of(std::move(words), directory_ + "/tool.log");
}

std::string PrivateKafka::log_of(int broker) const {
  return text_of(directory_ + "/log-" + std::to_string(broker));
}

}  // namespace flashpoll::test
