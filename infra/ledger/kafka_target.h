#pragma once

#include <map>
#include <string>

namespace flashpoll::ledger {

/// Where a Kafka ledger is.
struct KafkaTarget {
  std::string topic;
  /// Properties of librdkafka by their own names; `bootstrap.servers` at least.
  std::map<std::string, std::string, std::less<>> properties = {};

  [[nodiscard]] std::string servers() const {
    const auto found = properties.find("bootstrap.servers");
    return found == properties.end() ? "" : found->second;
  }
};

/// Throws Misconfigured, in librdkafka's own words, about a property that it does not know or does
/// not take. Connects to nothing.
void check_kafka_properties(const KafkaTarget& target);

}  // namespace flashpoll::ledger
