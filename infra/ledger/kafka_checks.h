#pragma once

#include "infra/ledger/kafka_client.h"
#include "infra/ledger/ledger.h"
#include "infra/runtime/finding.h"

namespace flashpoll::ledger {

/// Looks at all that durability and the readers' order rest on. What fails names the setting, its
/// value, the expected one, and what mends it. Throws Unavailable.
[[nodiscard]] runtime::Findings look_at_kafka_ledger(const KafkaClient& client,
                                                     const KafkaTarget& target,
                                                     Partition partitions);

}  // namespace flashpoll::ledger
