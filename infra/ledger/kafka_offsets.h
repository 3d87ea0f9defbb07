#pragma once

#include <chrono>
#include <vector>

#include "infra/ledger/kafka_client.h"
#include "infra/ledger/ledger.h"

namespace flashpoll::ledger {

/// One question to the brokers for several partitions.
struct KafkaAsked {
  Partition partition = 0;
  /// RD_KAFKA_OFFSET_END, RD_KAFKA_OFFSET_BEGINNING, or a time in Unix milliseconds: the first
  /// record that is not older.
  std::int64_t what = RD_KAFKA_OFFSET_END;
};

/// The offsets that answer, in the order of the questions; RD_KAFKA_OFFSET_END (-1) where no record
/// answers to a time. Asks again while a partition changes its leader. Throws Unavailable after
/// `wait`, Corrupt when the topic is gone, as `require_kafka_topic` finds it. Any thread.
[[nodiscard]] std::vector<Offset> kafka_offsets(const KafkaClient& client, const std::string& topic,
                                                const std::vector<KafkaAsked>& asked,
                                                std::chrono::milliseconds wait);

/// The same question for all partitions.
[[nodiscard]] std::vector<KafkaAsked> kafka_ask_all(Partition partitions, std::int64_t what);

/// Throws Corrupt when the brokers have known no such topic for some seconds, Unavailable when they
/// cannot be asked.
void require_kafka_topic(const KafkaClient& client, const std::string& topic);

}  // namespace flashpoll::ledger
