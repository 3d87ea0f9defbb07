#include "tests/contract/kafka_meddling.h"

#include <stdexcept>
#include <string>

#include "infra/ledger/kafka_client.h"
#include "infra/ledger/kafka_offsets.h"

namespace flashpoll::ledger::test {
namespace {

constexpr int kWithinMs = 10'000;

void require(rd_kafka_resp_err_t error, const std::string& what) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(what + ": " + rd_kafka_err2str(error));
  }
}

KafkaEvent wait_for(const KafkaQueue& queue, const std::string& what) {
  KafkaEvent event(rd_kafka_queue_poll(queue.get(), kWithinMs));
  if (event == nullptr) throw std::runtime_error(what + ": no answer");
  require(rd_kafka_event_error(event.get()), what);
  return event;
}

}  // namespace

void delete_kafka_topic(const KafkaTarget& target, runtime::Log& log) {
  const KafkaClient client(target, KafkaRole::producer, log);
  const KafkaQueue queue(rd_kafka_queue_new(client.get()));
  const KafkaHandle<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy> topic(
      rd_kafka_DeleteTopic_new(target.topic.c_str()));
  rd_kafka_DeleteTopic_t* all = topic.get();
  rd_kafka_DeleteTopics(client.get(), &all, 1, nullptr, queue.get());
  const KafkaEvent event = wait_for(queue, "DeleteTopics");
  std::size_t count = 0;
  const auto* results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  require(rd_kafka_topic_result_error(results[0]), "DeleteTopics");
  // The brokers learn of it a moment later, and until then take records for the old topic.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kWithinMs);
  while (kafka_topic(client, target.topic, std::chrono::milliseconds(1)) != nullptr) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the topic stays");
  }
}

void delete_kafka_records(const KafkaTarget& target, Partition partition, Offset offset,
                          runtime::Log& log) {
  const KafkaClient client(target, KafkaRole::producer, log);
  const KafkaQueue queue(rd_kafka_queue_new(client.get()));
  const KafkaPartitions before(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(before.get(), target.topic.c_str(),
                                    static_cast<std::int32_t>(partition))
      ->offset = offset;
  const KafkaHandle<rd_kafka_DeleteRecords_t, rd_kafka_DeleteRecords_destroy> wanted(
      rd_kafka_DeleteRecords_new(before.get()));
  rd_kafka_DeleteRecords_t* all = wanted.get();
  rd_kafka_DeleteRecords(client.get(), &all, 1, nullptr, queue.get());
  const KafkaEvent event = wait_for(queue, "DeleteRecords");
  const auto* results =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  require(results->elems[0].err, "DeleteRecords");
}

}  // namespace flashpoll::ledger::test
