#include "infra/ledger/kafka_offsets.h"

#include <algorithm>
#include <span>

#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::ledger {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kAskAgain{20};
/// Brokers hear of a new topic one after the other: what one tells, the next may not know yet.
constexpr milliseconds kHeardWithin{5'000};

bool is_unknown(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

std::span<const rd_kafka_topic_partition_t> elements(const KafkaPartitions& list) {
  return {list->elems, static_cast<std::size_t>(list->cnt)};
}

/// The first error of one try.
rd_kafka_resp_err_t ask(const KafkaClient& client, const KafkaPartitions& list, int wait_ms) {
  const auto error = rd_kafka_offsets_for_times(client.get(), list.get(), wait_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  for (const rd_kafka_topic_partition_t& element : elements(list)) {
    if (element.err != RD_KAFKA_RESP_ERR_NO_ERROR) return element.err;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

std::vector<Offset> kafka_offsets(const KafkaClient& client, const std::string& topic,
                                  const std::vector<KafkaAsked>& asked, milliseconds wait) {
  if (asked.empty()) return {};
  const auto until = Clock::now() + wait;
  for (;;) {
    const KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(asked.size())));
    for (const KafkaAsked& one : asked) {
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(),
                                        static_cast<std::int32_t>(one.partition))
          ->offset = one.what;
    }
    const auto error = ask(client, list, kafka_time_left(until));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::vector<Offset> offsets;
      for (const rd_kafka_topic_partition_t& element : elements(list)) {
        offsets.push_back(element.offset);
      }
      return offsets;
    }
    if (is_unknown(error)) require_kafka_topic(client, topic);
    if (Clock::now() + kAskAgain >= until) {
      throw Unavailable(std::string("kafka: offsets were not told in time: ") +
                        rd_kafka_err2str(error) + client.last_complaint());
    }
    runtime::pause({}, kAskAgain);
  }
}

std::vector<KafkaAsked> kafka_ask_all(Partition partitions, std::int64_t what) {
  std::vector<KafkaAsked> asked;
  for (Partition partition = 0; partition < partitions; ++partition) {
    asked.push_back({partition, what});
  }
  return asked;
}

void require_kafka_topic(const KafkaClient& client, const std::string& topic) {
  const auto until = Clock::now() + kHeardWithin;
  for (;;) {
    const KafkaMetadata metadata = client.metadata(topic, kHeardWithin);
    FP_CHECK(metadata->topic_cnt == 1, "one topic was asked for");
    if (!is_unknown(metadata->topics[0].err)) return;
    if (Clock::now() >= until) throw Corrupt("ledger: the topic " + topic + " is gone");
    runtime::pause({}, kAskAgain);
  }
}

}  // namespace flashpoll::ledger
