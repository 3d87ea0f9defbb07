#pragma once

#include "infra/ledger/kafka_target.h"
#include "infra/ledger/ledger.h"
#include "infra/runtime/log.h"

/// What an operator can do to a topic behind our back. Each throws std::runtime_error when the
/// brokers refuse it.
namespace flashpoll::ledger::test {

void delete_kafka_topic(const KafkaTarget& target, runtime::Log& log);

/// The records before `offset` are gone.
void delete_kafka_records(const KafkaTarget& target, Partition partition, Offset offset,
                          runtime::Log& log);

}  // namespace flashpoll::ledger::test
