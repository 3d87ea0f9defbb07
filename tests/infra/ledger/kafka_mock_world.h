#pragma once

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
// After the other one, which it needs.
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/kafka_appender.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/mutex.h"
#include "infra/runtime/thread.h"
#include "tests/contract/ledger_helpers.h"

/// Faults of brokers that a real one shows too seldom, by librdkafka's own mock of a cluster. It
/// has no append times, so its records are read without the tail.
namespace flashpoll::ledger::test {

using Errors = std::vector<rd_kafka_resp_err_t>;
using std::chrono::milliseconds;

constexpr std::int16_t kProduce = 0;  // the protocol's number of the request
constexpr int kBrokers = 3;
constexpr const char* kTopic = "mocked";

using Cluster = KafkaHandle<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy>;

/// What was appended, and what became of it.
class Journal {
 public:
  /// Appends one batch of `count` entries whose values are unique.
  void append(KafkaAppender& appender, int count) {
    std::vector<Entry> entries;
    for (int i = 0; i < count; ++i) {
      const auto partition = static_cast<Partition>(i % 3);
      entries.push_back({partition, "key", "value " + std::to_string(next_++)});
    }
    std::vector<std::string> values;
    for (const Entry& entry : entries) values.push_back(entry.value);
    ++batches_;
    REQUIRE(appender.append(std::move(entries), [this, values](auto results) {
      const runtime::MutexLock lock(mutex_);
      CHECK(results.size() == values.size());
      for (std::size_t i = 0; i < results.size(); ++i) {
        ++reports_[values[i]];
        status_[values[i]] = results[i].status;
      }
      ++done_;
      changed_.notify_all();
    }));
  }

  void wait() {
    const auto until = std::chrono::steady_clock::now() + kLong;
    const runtime::MutexLock lock(mutex_);
    while (done_ < batches_ && changed_.wait_until(mutex_, until)) {
    }
    CHECK(done_ == batches_);
  }

  [[nodiscard]] int count(AppendStatus status) const {
    const runtime::MutexLock lock(mutex_);
    int found = 0;
    for (const auto& [value, what] : status_) found += what == status ? 1 : 0;
    return found;
  }

  /// `log` says how often a value is in the topic.
  void check(const std::map<std::string, int>& log) const {
    const runtime::MutexLock lock(mutex_);
    CHECK(static_cast<int>(reports_.size()) == next_);
    for (const auto& [value, times] : reports_) {
      CAPTURE(value);
      const auto found = log.find(value);
      CHECK(times == 1);
      if (status_.at(value) == AppendStatus::appended) CHECK(found != log.end());
      if (status_.at(value) == AppendStatus::not_appended) CHECK(found == log.end());
    }
  }

 private:
  int next_ = 0;
  int batches_ = 0;
  mutable runtime::Mutex mutex_;
  runtime::Condition changed_;
  int done_ FP_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int> reports_ FP_GUARDED_BY(mutex_);
  std::map<std::string, AppendStatus> status_ FP_GUARDED_BY(mutex_);
};

struct World {
  World() {
    target.properties["bootstrap.servers"] = rd_kafka_mock_cluster_bootstraps(cluster.get());
    REQUIRE(rd_kafka_mock_topic_create(cluster.get(), kTopic, 3, kBrokers) ==
            RD_KAFKA_RESP_ERR_NO_ERROR);
    for (int partition = 0; partition < 3; ++partition) lead(partition, partition + 1);
  }

  void lead(int partition, int broker) const {
    REQUIRE(rd_kafka_mock_partition_set_leader(cluster.get(), kTopic, partition, broker) ==
            RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void fail_next(const Errors& errors) const {
    rd_kafka_mock_push_request_errors_array(cluster.get(), kProduce, errors.size(), errors.data());
  }

  /// How often each value is in the topic.
  [[nodiscard]] std::map<std::string, int> log() {
    const KafkaClient reader(target, KafkaRole::consumer, quiet);
    const KafkaTopic topic(rd_kafka_topic_new(reader.get(), kTopic, nullptr));
    std::map<std::string, int> found;
    for (int partition = 0; partition < 3; ++partition) {
      std::int64_t low = 0;
      std::int64_t end = 0;
      REQUIRE(rd_kafka_query_watermark_offsets(reader.get(), kTopic, partition, &low, &end,
                                               20'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
      REQUIRE(rd_kafka_consume_start(topic.get(), partition, 0) == 0);
      for (std::int64_t next = 0; next < end;) {
        const KafkaMessage message(rd_kafka_consume(topic.get(), partition, 20'000));
        REQUIRE(message != nullptr);
        REQUIRE(message->err == RD_KAFKA_RESP_ERR_NO_ERROR);
        ++found[std::string(static_cast<const char*>(message->payload), message->len)];
        next = message->offset + 1;
      }
      rd_kafka_consume_stop(topic.get(), partition);
    }
    return found;
  }

  runtime::SystemClock clock;
  runtime::Log quiet{clock, runtime::LogLevel::error, -1};
  KafkaTarget target{kTopic, {}};
  KafkaClient owner{{kTopic, {{"bootstrap.servers", "127.0.0.1:1"}}}, KafkaRole::producer, quiet};
  Cluster cluster{rd_kafka_mock_cluster_new(owner.get(), kBrokers)};
};

/// Appends a little first, so that the fault meets connections that stand.
inline void settle(KafkaAppender& appender, Journal& journal) {
  (void)appender.client()->metadata(kTopic, kLong);
  journal.append(appender, 3);
  journal.wait();
}

/// After the client `failed` for good.
inline void wait_replaced(const KafkaAppender& appender,
                          const std::shared_ptr<KafkaClient>& failed) {
  const auto until = std::chrono::steady_clock::now() + kLong;
  while (appender.client() == failed && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  CHECK(appender.client() != failed);
}

}  // namespace flashpoll::ledger::test
