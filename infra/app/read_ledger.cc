#include "infra/app/read_ledger.h"

#include <map>

#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

constexpr std::size_t kRecords = 10'000;
constexpr std::chrono::milliseconds kRead{500};

/// What is still to come, by partition: the offset after the last record.
using Ends = std::map<ledger::Partition, ledger::Offset>;

Ends ends_beyond(const std::vector<ledger::Offset>& ends,
                 const std::vector<ledger::Start>& starts) {
  Ends beyond;
  for (const ledger::Start& start : starts) {
    if (start.offset < ends.at(start.partition)) beyond[start.partition] = ends[start.partition];
  }
  return beyond;
}

std::vector<ledger::Start> starts_of(const Ends& ends, const std::vector<ledger::Start>& starts) {
  std::vector<ledger::Start> needed;
  for (const ledger::Start& start : starts) {
    if (ends.contains(start.partition)) needed.push_back(start);
  }
  return needed;
}

}  // namespace

void read_to_end(ledger::Ledger& ledger, const std::vector<ledger::Start>& starts,
                 const std::function<bool(const ledger::Record&)>& take) {
  read_up_to(ledger, ledger.ends(kLedgerWait), starts, take);
}

void read_up_to(ledger::Ledger& ledger, const std::vector<ledger::Offset>& up_to,
                const std::vector<ledger::Start>& starts,
                const std::function<bool(const ledger::Record&)>& take) {
  Ends ends = ends_beyond(up_to, starts);
  if (ends.empty()) return;
  const auto tail = ledger.tail(starts_of(ends, starts));
  auto silent = std::chrono::milliseconds::zero();
  while (!ends.empty()) {
    const auto records = tail->read(kRecords, kRead);
    silent = records.empty() ? silent + kRead : std::chrono::milliseconds::zero();
    if (silent > kLedgerWait) throw Unavailable("the ledger does not deliver what it holds");
    for (const ledger::Record& record : records) {
      const auto end = ends.find(record.partition);
      if (end == ends.end()) continue;  // appended since
      if (record.offset < end->second && !take(record)) return;
      if (record.offset + 1 >= end->second) ends.erase(end);
    }
  }
}

}  // namespace flashpoll::app
