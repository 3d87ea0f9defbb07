#include "infra/bench/kafka_loops.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "infra/bench/load.h"
#include "infra/bench/measure.h"
#include "infra/bench/sample_votes.h"
#include "infra/ledger/kafka_client.h"
#include "infra/ledger/kafka_ledger.h"
#include "infra/runtime/thread.h"

namespace flashpoll::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPartitions = 12;
/// Produced and not acknowledged yet, at most.
constexpr std::uint64_t kUnderWay = 100'000;

class Producer {
 public:
  Producer(const ledger::KafkaTarget& target, runtime::Log& log)
      : client_(target, ledger::KafkaRole::producer, log,
                [this](const rd_kafka_message_t& message) {
                  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) failed_ = true;
                  ++acknowledged_;
                }),
        topic_(rd_kafka_topic_new(client_.get(), target.topic.c_str(), nullptr)) {
    (void)client_.metadata(target.topic, std::chrono::seconds(5));
  }

  void produce(const SampleVote& vote, std::string& value) {
    const int given = rd_kafka_produce(
        topic_.get(), static_cast<std::int32_t>(produced_ % kPartitions), RD_KAFKA_MSG_F_COPY,
        value.data(), value.size(), vote.key.data(), vote.key.size(), nullptr);
    if (given != 0) throw std::runtime_error("librdkafka takes no record");
    ++produced_;
  }

  void poll(int wait_ms) {
    rd_kafka_poll(client_.get(), wait_ms);
    if (failed_) throw std::runtime_error("Kafka did not take a record");
  }

  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::uint64_t under_way() const { return produced_ - acknowledged_; }

 private:
  bool failed_ = false;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t produced_ = 0;
  ledger::KafkaClient client_;
  ledger::KafkaTopic topic_;
};

/// Reads from the topic's end. A value begins with the time when it was due.
class Consumer {
 public:
  Consumer(const ledger::KafkaTarget& target, runtime::Log& log)
      : client_(target, ledger::KafkaRole::consumer, log),
        topic_(rd_kafka_topic_new(client_.get(), target.topic.c_str(), nullptr)),
        queue_(rd_kafka_queue_new(client_.get())) {
    for (std::int32_t i = 0; i < kPartitions; ++i) {
      if (rd_kafka_consume_start_queue(topic_.get(), i, RD_KAFKA_OFFSET_END, queue_.get()) != 0) {
        throw std::runtime_error("librdkafka does not read the topic");
      }
    }
  }
  ~Consumer() {
    for (std::int32_t i = 0; i < kPartitions; ++i) (void)rd_kafka_consume_stop(topic_.get(), i);
  }
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  /// False when nothing came.
  bool take(Histogram& latencies, Time from) {
    const ledger::KafkaMessage message(rd_kafka_consume_queue(queue_.get(), 100));
    if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    Clock::rep due = 0;
    std::memcpy(&due, message->payload, sizeof due);
    const Time was_due{Clock::duration(due)};
    if (was_due >= from) latencies.add(ns_between(was_due, Clock::now()));
    return true;
  }

 private:
  ledger::KafkaClient client_;
  ledger::KafkaTopic topic_;
  ledger::KafkaQueue queue_;
};

Clock::duration to_duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

void rest_until(Time due) {
  for (auto left = due - Clock::now(); left > Clock::duration(0); left = due - Clock::now()) {
    const timespec time{.tv_sec = 0, .tv_nsec = std::min<Clock::rep>(left.count(), 999'999'999)};
    ::ppoll(nullptr, 0, &time, nullptr);
  }
}

}  // namespace

KafkaLoops::KafkaLoops(const ledger::KafkaTarget& target) : target_(target) {
  target_.topic = "baseline";
  const runtime::SystemClock clock;
  runtime::Log log(clock, runtime::LogLevel::error);
  ledger::create_kafka_ledger(target_, kPartitions, 1, log);
}

Figures KafkaLoops::produce(const Options& options) const {
  const Pinned here(options.server_core());
  const runtime::SystemClock clock;
  runtime::Log log(clock, runtime::LogLevel::error);
  Producer producer(target_, log);
  SampleVotes votes(1);
  const Time begin = Clock::now();
  const Time measured_from = begin + to_duration(options.discard_seconds);
  const Time end = begin + to_duration(options.seconds);
  std::uint64_t before = 0;
  Usage usage;
  bool measuring = false;
  while (Clock::now() < end) {
    if (!measuring && Clock::now() >= measured_from) {
      measuring = true;
      before = producer.acknowledged();
      usage = usage_of(::getpid());
    }
    SampleVote vote = votes.next();
    producer.produce(vote, vote.value);
    producer.poll(producer.under_way() > kUnderWay ? 10 : 0);
  }
  if (producer.acknowledged() == before) throw std::runtime_error("Kafka acknowledged nothing");
  Figures figures;
  const auto acknowledged = static_cast<double>(producer.acknowledged() - before);
  figures.emplace_back("rate /s", acknowledged / seconds_between(measured_from, Clock::now()));
  add_usage(figures, usage, usage_of(::getpid()), acknowledged);
  return figures;
}

Figures KafkaLoops::there_and_back(const Options& options, double rate) const {
  const runtime::SystemClock clock;
  runtime::Log log(clock, runtime::LogLevel::error);
  std::optional<Pinned> here(options.server_core());
  Consumer consumer(target_, log);
  Producer producer(target_, log);
  here.reset();
  here.emplace(options.loader_core());  // who asks is a loader; librdkafka's threads stay
  SampleVotes votes(1);
  Histogram latencies;
  const Time begin = Clock::now();
  const Time measured_from = begin + to_duration(options.discard_seconds);
  std::jthread reader = runtime::start_thread("reader", [&](const std::stop_token& stop) {
    while (consumer.take(latencies, measured_from) || !stop.stop_requested()) continue;
  });
  const auto count = static_cast<std::uint64_t>(options.seconds * rate);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Time due = begin + to_duration(static_cast<double>(i) / rate);
    rest_until(due);
    producer.poll(0);
    SampleVote vote = votes.next();
    const Clock::rep at = due.time_since_epoch().count();
    std::memcpy(vote.value.data(), &at, sizeof at);
    producer.produce(vote, vote.value);
  }
  while (producer.under_way() > 0) producer.poll(10);
  reader.request_stop();
  reader.join();
  Figures figures;
  add_latencies(figures, latencies);
  return figures;
}

}  // namespace flashpoll::bench
