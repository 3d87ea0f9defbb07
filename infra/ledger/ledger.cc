#include "infra/ledger/ledger.h"

#include "infra/runtime/fault.h"

namespace flashpoll::ledger {

std::optional<OwnedRecord> read_one(Ledger& ledger, Partition partition, Offset offset,
                                    std::chrono::milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  const auto left = [&] {
    return std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  };
  if (ledger.ends(wait).at(partition) <= offset) return std::nullopt;
  const auto tail = ledger.tail({{partition, offset}});
  while (left().count() > 0) {
    for (const Record& record : tail->read(1, left())) {
      // Offsets may have gaps: what comes next stands for what is not there.
      if (record.offset > offset) return std::nullopt;
      return OwnedRecord{record.partition, record.offset, record.append_time_ms,
                         std::string(record.key), std::string(record.value)};
    }
  }
  throw Unavailable("ledger: a record was not read in time");
}

}  // namespace flashpoll::ledger
