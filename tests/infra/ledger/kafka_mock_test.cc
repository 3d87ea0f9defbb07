#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
// After the other one, which it needs.
#include <librdkafka/rdkafka_mock.h>

#include <atomic>
#include <chrono>
#include <future>
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
namespace {

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
void settle(KafkaAppender& appender, Journal& journal) {
  (void)appender.client()->metadata(kTopic, kLong);
  journal.append(appender, 3);
  journal.wait();
}

}  // namespace

TEST_CASE("errors of brokers: nothing acknowledged is lost, each batch is reported once") {
  const std::vector<Errors> faults = {
      {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS},
      {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND},
      {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT},
      {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION},
      {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__TRANSPORT},
      {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS},
  };
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    for (const Errors& errors : faults) {
      for (int round = 0; round < 10; ++round) {
        world.fail_next(errors);
        journal.append(appender, 30);
      }
    }
    journal.wait();
  }
  // All of these pass, so all is in.
  CHECK(journal.count(AppendStatus::appended) == 1'803);
  journal.check(world.log());
}

TEST_CASE("what only an idempotent producer should hear leaves the entries in doubt") {
  for (const auto error :
       {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER,
        RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID}) {
    CAPTURE(std::string(rd_kafka_err2name(error)));
    World world;
    Journal journal;
    {
      KafkaAppender appender(world.target, {}, world.quiet);
      settle(appender, journal);
      world.fail_next({error});
      journal.append(appender, 1);
      journal.wait();
      CHECK(journal.count(AppendStatus::in_doubt) == 1);
      journal.append(appender, 30);  // and it goes on
      journal.wait();
    }
    CHECK(journal.count(AppendStatus::appended) == 33);
    journal.check(world.log());
  }
}

TEST_CASE("refused at the first try is not appended, refused after a try in doubt is in doubt") {
  const auto refused = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  const std::vector<std::pair<Errors, AppendStatus>> faults = {
      {{refused}, AppendStatus::not_appended},
      {{RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, refused}, AppendStatus::not_appended},
      {{RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, refused}, AppendStatus::in_doubt},
      {{RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, refused}, AppendStatus::in_doubt},
      {{RD_KAFKA_RESP_ERR__TRANSPORT, refused}, AppendStatus::in_doubt},
  };
  for (const auto& [errors, status] : faults) {
    CAPTURE(std::string(rd_kafka_err2name(errors.front())));
    World world;
    Journal journal;
    {
      KafkaAppender appender(world.target, {}, world.quiet);
      settle(appender, journal);
      world.fail_next(errors);
      journal.append(appender, 1);
      journal.wait();
      CHECK(journal.count(status) == 1);
    }
    journal.check(world.log());
  }
}

TEST_CASE("what the client does not take is not appended") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    std::promise<AppendStatus> done;
    REQUIRE(appender.append({{0, "k", std::string(2'000'000, 'x')}},
                            [&](auto results) { done.set_value(results[0].status); }));
    auto status = done.get_future();
    REQUIRE(status.wait_for(kLong) == std::future_status::ready);
    CHECK(status.get() == AppendStatus::not_appended);
  }
  journal.check(world.log());
}

TEST_CASE("leaders move and brokers go and come under load: nothing is lost") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    for (int round = 0; round < 12; ++round) {
      for (int partition = 0; partition < 3; ++partition) {
        world.lead(partition, (partition + round) % kBrokers + 1);
        journal.append(appender, 20);
      }
      const int broker = round % kBrokers + 1;
      rd_kafka_mock_broker_set_down(world.cluster.get(), broker);
      journal.append(appender, 20);
      rd_kafka_mock_broker_set_up(world.cluster.get(), broker);
    }
    journal.wait();
  }
  CHECK(journal.count(AppendStatus::not_appended) == 0);
  CHECK(journal.count(AppendStatus::appended) > 0);
  journal.check(world.log());
}

TEST_CASE("round trips of 5 s: an append takes its time, and a ledger that goes does not") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 5'000);
    journal.append(appender, 3);
    journal.wait();
    CHECK(journal.count(AppendStatus::appended) == 6);
    journal.append(appender, 3);
    const auto began = std::chrono::steady_clock::now();
    // The appender goes here, with a batch under way.
    std::chrono::steady_clock::duration took{};
    {
      KafkaAppender other(world.target, {}, world.quiet);
      journal.append(other, 3);
    }
    took = std::chrono::steady_clock::now() - began;
    CHECK(took < std::chrono::seconds(5));
    CHECK(journal.count(AppendStatus::in_doubt) == 3);
    journal.wait();
  }
  rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 0);
  CHECK(journal.count(AppendStatus::not_appended) == 0);
  journal.check(world.log());
}

TEST_CASE("a producer that failed for good leaves its entries in doubt, and another takes over") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 3'000);
    journal.append(appender, 3);
    const auto failed = appender.client();
    REQUIRE(rd_kafka_test_fatal_error(failed->get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                      "as told") == RD_KAFKA_RESP_ERR_NO_ERROR);
    journal.wait();
    CHECK(journal.count(AppendStatus::in_doubt) == 3);
    rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 0);
    const auto until = std::chrono::steady_clock::now() + kLong;
    while (appender.client() == failed && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
    }
    CHECK(appender.client() != failed);
    journal.append(appender, 30);
    journal.wait();
    CHECK(journal.count(AppendStatus::appended) == 33);
  }
  journal.check(world.log());
}

TEST_CASE("an import's producer appends through errors that pass") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {.exactly_once = true}, world.quiet);
    settle(appender, journal);
    world.fail_next({RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__TRANSPORT});
    journal.append(appender, 30);
    journal.wait();
    CHECK(journal.count(AppendStatus::appended) == 33);
  }
  journal.check(world.log());
}

TEST_CASE("an import's producer sends nothing before it knows the fate of what it sent") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {.exactly_once = true}, world.quiet);
    settle(appender, journal);
    rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 200);
    world.fail_next({RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                     RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS});
    for (int batch = 0; batch < 3; ++batch) {
      journal.append(appender, 3);
      (void)runtime::pause({}, std::chrono::milliseconds(40));
    }
    journal.wait();
    CHECK(journal.count(AppendStatus::appended) == 12);
  }
  journal.check(world.log());
}

TEST_CASE("with no broker at all, what is pending is in doubt after 10 s, and the bound refuses") {
  World world;
  rd_kafka_mock_broker_set_down(world.cluster.get(), -1);
  Journal journal;
  KafkaAppender appender(world.target, {.pending_entries = 3}, world.quiet);
  journal.append(appender, 3);
  CHECK_FALSE(appender.append({{0, "k", "one more"}}, [](auto) { FAIL("was not taken"); }));
  journal.wait();
  CHECK(journal.count(AppendStatus::in_doubt) == 3);
  rd_kafka_mock_broker_set_up(world.cluster.get(), -1);
  journal.append(appender, 3);
  journal.wait();
  CHECK(journal.count(AppendStatus::appended) == 3);
}

}  // namespace flashpoll::ledger::test
