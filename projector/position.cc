#include "projector/position.h"

#include "infra/crypto/hash.h"
#include "infra/runtime/fault.h"

namespace flashpoll::projector {

namespace {

constexpr std::chrono::milliseconds kReadWait{5000};

std::string number(std::int64_t value) { return std::to_string(value) + ' '; }

[[noreturn]] void refuse(ledger::Partition partition, const PartitionMark& mark, const char* what) {
  throw Corrupt("the ledger " + std::string(what) + " what was folded: partition " +
                std::to_string(partition) + ", offset " + std::to_string(mark.last->offset) +
                ". The read tables belong to another ledger, or the ledger lost records. Connect "
                "the ledger they were folded from, restore it, or give this ledger a new database");
}

}  // namespace

events::SnapshotDigest record_digest(const ledger::Record& record) {
  std::string head = number(record.partition) + number(record.offset) +
                     number(record.append_time_ms) +
                     number(static_cast<std::int64_t>(record.key.size()));
  head.append(record.key).append(record.value);
  return crypto::sha256(head);
}

events::SnapshotDigest record_digest(const ledger::OwnedRecord& record) {
  return record_digest(ledger::Record{.partition = record.partition,
                                      .offset = record.offset,
                                      .append_time_ms = record.append_time_ms,
                                      .key = record.key,
                                      .value = record.value});
}

void check_ledger_holds(ledger::Ledger& ledger, ledger::Partition partition,
                        const PartitionMark& mark) {
  if (!mark.last) return;
  const auto record = ledger::read_one(ledger, partition, mark.last->offset, kReadWait);
  if (!record) refuse(partition, mark, "is shorter than");
  if (record_digest(*record) != mark.last->digest) refuse(partition, mark, "is different from");
}

}  // namespace flashpoll::projector
