#include "projector/refold.h"

#include <vector>

#include "infra/ledger/digest.h"
#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::projector {

namespace {

constexpr std::size_t kBatchRecords = 10'000;
constexpr std::chrono::milliseconds kWait{10'000};

}  // namespace

Refold::Refold(const RefoldSource& source, const std::string& schema,
               std::optional<events::PollId> only)
    : source_(source),
      only_(only),
      only_key_(only ? only->text() : std::string()),
      model_(pg::Connection(source.database), schema, Tables::building, source.reader) {
  const std::uint32_t count = source_.ledger.partitions();
  for (ledger::Partition p = 0; p < count; ++p) {
    if (only_ && p != events::partition_of(only_key_, count)) continue;
    folds_.emplace(p, PartitionFold(p, count, source_.decoder));
  }
}

void Refold::up_to(const Marks& marks) {
  std::vector<ledger::Start> starts;
  std::uint64_t total = records_;
  for (const auto& [partition, fold] : folds_) {
    const PartitionMark& mark = marks.at(partition);
    if (fold.next() >= mark.next) continue;
    ledger::check_holds(source_.ledger, partition, mark.last->offset, mark.last->digest, kWait);
    starts.push_back({partition, fold.next()});
    total += static_cast<std::uint64_t>(mark.next - fold.next());
  }
  if (starts.empty()) return;
  const auto tail = source_.ledger.tail(starts);
  for (std::size_t left = starts.size(); left > 0;) {
    const auto records = tail->read(kBatchRecords, kWait);
    if (records.empty()) throw Unavailable("the ledger does not give its records");
    std::map<ledger::Partition, const ledger::Record*> last;
    for (const ledger::Record& record : records) {
      const ledger::Offset end = marks.at(record.partition).next;
      if (record.offset >= end) continue;
      take(record);
      last[record.partition] = &record;
      if (record.offset + 1 == end) --left;
    }
    std::vector<Step> steps;
    for (const auto& [partition, record] : last) {
      steps.push_back(folds_.at(partition).cut(*record));
    }
    if (!steps.empty() && !model_.write(steps).empty()) {
      throw Unavailable("somebody else writes into " + model_.schema());
    }
    if (source_.progress) source_.progress(records_, total);
  }
}

void Refold::take(const ledger::Record& record) {
  PartitionFold& fold = folds_.at(record.partition);
  ++records_;
  if (only_ && record.key != only_key_) {
    fold.skip(record);
  } else {
    fold.take(record);
  }
}

Refold::Marks marks_of(ReadModel& model) {
  Refold::Marks marks;
  for (const auto& [partition, stored] : model.positions()) marks[partition] = stored.mark;
  return marks;
}

}  // namespace flashpoll::projector
