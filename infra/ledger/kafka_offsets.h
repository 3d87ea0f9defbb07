#pragma once

#include <chrono>
#include <vector>

#include "infra/ledger/kafka_client.h"
#include "infra/ledger/ledger.h"
#include "infra/runtime/fault.h"

namespace flashpoll::ledger {

/// One question to the brokers for several partitions.
struct KafkaAsked {
  Partition partition = 0;
  /// RD_KAFKA_OFFSET_END, RD_KAFKA_OFFSET_BEGINNING, or a time in Unix milliseconds: the first
  /// record that is not older.
  std::int64_t what = RD_KAFKA_OFFSET_END;
};

/// The brokers know no such topic, but may not have been asked for long enough to be sure.
struct UnknownKafkaTopic : Unavailable {
  using Unavailable::Unavailable;
};

/// The offsets that answer, in the order of the questions; RD_KAFKA_OFFSET_END (-1) where no record
/// answers to a time. Asks again while a partition changes its leader. Throws Unavailable after
/// `wait`, Corrupt when the topic is gone. Any thread.
[[nodiscard]] std::vector<Offset> kafka_offsets(const KafkaClient& client, const std::string& topic,
                                                const std::vector<KafkaAsked>& asked,
                                                std::chrono::milliseconds wait);

/// The same question for all partitions.
[[nodiscard]] std::vector<KafkaAsked> kafka_ask_all(Partition partitions, std::int64_t what);

/// A broker may learn that late of a topic that was just made.
inline constexpr std::chrono::milliseconds kKafkaTopicLag{3'000};

/// The topic as the brokers know it; nothing when they say for as long as `wait` that there is
/// none. Throws Unavailable.
[[nodiscard]] KafkaMetadata kafka_topic(const KafkaClient& client, const std::string& topic,
                                        std::chrono::milliseconds wait);

/// Throws Corrupt when there is no such topic, UnknownKafkaTopic when `wait` is too short to be
/// sure, Unavailable.
void require_kafka_topic(const KafkaClient& client, const std::string& topic,
                         std::chrono::milliseconds wait);

}  // namespace flashpoll::ledger
