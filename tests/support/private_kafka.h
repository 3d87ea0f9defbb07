#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/child.h"

namespace flashpoll::test {

struct PrivateKafkaOptions {
  /// `name=value`, on top of the brokers' own; `{listeners}` stands for what they listen on.
  Words settings = {};
  /// `NAME=value`, for the brokers from the second on.
  Words environment = {};
  std::string parent = "/tmp";  ///< where its directory is made
  std::string version = {};     ///< empty: the one that infra/deploy/kafka names
};

/// A Kafka cluster of this test's own in a directory of its own, made and run by infra/dev/kafka.
/// The brokers end with the thread that started them, are stopped by their own pids, and the
/// directory goes with the object. Throws std::runtime_error with a broker's log when it does not
/// come up within a minute. One thread. Brokers count from 1.
class PrivateKafka {
 public:
  explicit PrivateKafka(int brokers = 1, const PrivateKafkaOptions& options = {});
  ~PrivateKafka();
  PrivateKafka(const PrivateKafka&) = delete;
  PrivateKafka& operator=(const PrivateKafka&) = delete;

  /// One broker for all test cases of a binary. Call it on the main thread.
  static PrivateKafka& shared();

  /// For the property bootstrap.servers.
  [[nodiscard]] const std::string& servers() const { return servers_; }
  /// A name that no other test uses.
  [[nodiscard]] std::string topic_name() { return "topic-" + std::to_string(++topics_); }

  /// Ends a broker as a crash does.
  void kill9(int broker);
  /// Starts brokers that do not run, and waits until they serve.
  void start();
  void freeze(int broker) const;
  void thaw(int broker) const;
  /// Freezes a broker for that long.
  void freeze(int broker, std::chrono::milliseconds time) const;

  /// Runs one of Kafka's own tools and gives what it printed. Throws std::runtime_error with that
  /// when it fails.
  [[nodiscard]] std::string tool(Words words) const;

  [[nodiscard]] const std::string& directory() const { return directory_; }

  /// 0 when it does not run.
  [[nodiscard]] pid_t pid(int broker) const {
    return brokers_.at(static_cast<std::size_t>(broker - 1)).pid;
  }

 private:
  struct Broker {
    pid_t pid = 0;  ///< 0: does not run
    int starts = 0;
  };

  void wait_started(int broker);
  [[nodiscard]] std::string log_of(int broker) const;

  void configure(int broker) const;
  [[nodiscard]] Words script(const Words& words) const;
  [[nodiscard]] std::string output_of(const Words& words, const std::string& log) const;

  const std::string directory_;
  const PrivateKafkaOptions options_;
  std::vector<Broker> brokers_;
  std::string servers_;
  int topics_ = 0;
};

}  // namespace flashpoll::test
