#pragma once

#include <string>

#include "infra/ledger/kafka_client.h"
#include "infra/ledger/ledger.h"

namespace flashpoll::ledger {

/// Checks all that durability and the readers' order rest on. Gives what the operator should know
/// all the same, or nothing. Throws Misconfigured, naming the setting and what mends it, or
/// Unavailable.
[[nodiscard]] std::string check_kafka_ledger(const KafkaClient& client, const KafkaTarget& target,
                                             Partition partitions);

}  // namespace flashpoll::ledger
