#pragma once

#include <chrono>
#include <map>
#include <string>

#include "infra/ledger/kafka_client.h"

namespace flashpoll::ledger {

using KafkaSettings = std::map<std::string, std::string, std::less<>>;

/// Makes a topic. False when there is one already, or another process is making it. Throws
/// Misconfigured when the brokers refuse it, Unavailable.
bool create_kafka_topic(const KafkaClient& client, const std::string& topic, int partitions,
                        int copies, const KafkaSettings& settings, std::chrono::milliseconds wait);

/// What holds for the topic, or for the broker of that id, defaults included. Throws Unavailable;
/// Misconfigured when it may not be read.
[[nodiscard]] KafkaSettings kafka_settings(const KafkaClient& client, rd_kafka_ResourceType_t type,
                                           const std::string& name, std::chrono::milliseconds wait);

}  // namespace flashpoll::ledger
