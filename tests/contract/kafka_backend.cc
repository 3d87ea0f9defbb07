#include "tests/contract/kafka_backend.h"

#include "tests/contract/kafka_meddling.h"

namespace flashpoll::ledger::test {

void KafkaBackend::interrupt() {
  if (++interruptions_ % 2 == 0) {
    cluster_.kill9(1);
    return cluster_.start();
  }
  // Longer than the client waits: it cuts its connections, and what it had sent arrives later.
  cluster_.freeze(1, std::chrono::milliseconds(1'500));
}

void KafkaBackend::cut(Partition partition, Offset offset) {
  std::vector<OwnedRecord> kept = records();
  std::erase_if(kept, [&](const OwnedRecord& record) {
    return record.partition == partition && record.offset >= offset;
  });
  refill(kept);
}

void KafkaBackend::exchange(Partition partition, Offset offset) {
  std::vector<OwnedRecord> all = records();
  for (OwnedRecord& record : all) {
    if (record.partition == partition && record.offset == offset) record.value = "forged";
  }
  refill(all);
}

void KafkaBackend::refill(const std::vector<OwnedRecord>& records) {
  drop_topic();
  create_kafka_ledger(target_, kPartitions, 0, log_);
  std::vector<Entry> entries;
  for (const OwnedRecord& record : records) {
    entries.push_back({record.partition, record.key, record.value});
  }
  if (!entries.empty()) append(*open(), entries);
}

void KafkaBackend::drop_topic() { delete_kafka_topic(target_, log_); }

std::vector<OwnedRecord> KafkaBackend::records() {
  const auto ledger = open();
  std::size_t count = 0;
  for (const Offset end : ledger->ends(kLong)) count += static_cast<std::size_t>(end);
  return read_records(*ledger->tail(from_start(*ledger)), count);
}

}  // namespace flashpoll::ledger::test
