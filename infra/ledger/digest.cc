#include "infra/ledger/digest.h"

#include "infra/crypto/hash.h"
#include "infra/runtime/fault.h"

namespace flashpoll::ledger {

namespace {

std::string number(std::int64_t value) { return std::to_string(value) + ' '; }

[[noreturn]] void refuse(Partition partition, Offset offset, const char* what) {
  throw Corrupt("the ledger " + std::string(what) + " what was folded from it: partition " +
                std::to_string(partition) + ", offset " + std::to_string(offset) +
                ". Connect the ledger that was used before, restore it, or start with a new "
                "database");
}

}  // namespace

RecordDigest record_digest(const Record& record) {
  std::string bytes = number(record.partition) + number(record.offset) +
                      number(record.append_time_ms) +
                      number(static_cast<std::int64_t>(record.key.size()));
  bytes.append(record.key).append(record.value);
  return crypto::sha256(bytes);
}

void check_holds(Ledger& ledger, Partition partition, Offset offset, const RecordDigest& digest,
                 std::chrono::milliseconds wait) {
  const auto found = read_one(ledger, partition, offset, wait);
  if (!found) refuse(partition, offset, "is shorter than");
  const Record record{.partition = found->partition,
                      .offset = found->offset,
                      .append_time_ms = found->append_time_ms,
                      .key = found->key,
                      .value = found->value};
  if (record_digest(record) != digest) refuse(partition, offset, "is different from");
}

}  // namespace flashpoll::ledger
