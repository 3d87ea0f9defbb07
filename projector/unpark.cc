#include "projector/unpark.h"

#include <chrono>
#include <utility>

#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::projector {

namespace {

constexpr std::chrono::milliseconds kReadWait{5000};
constexpr std::size_t kReadRecords = 10'000;

std::unique_ptr<events::Poll> copy_of(const std::unique_ptr<events::Poll>& poll) {
  return poll ? std::make_unique<events::Poll>(*poll) : nullptr;
}

/// Folds the poll's records of the partition from `from` up to `to`.
void refold(ledger::Ledger& ledger, const ledger::Start& from, ledger::Offset to,
            const std::function<void(const ledger::Record&)>& visit) {
  const auto tail = ledger.tail({from});
  for (ledger::Offset next = from.offset; next < to;) {
    const auto records = tail->read(kReadRecords, kReadWait);
    if (records.empty()) throw Unavailable("the ledger does not give records again for a poll");
    for (const ledger::Record& record : records) {
      next = record.offset + 1;
      if (record.offset < to) visit(record);
    }
  }
}

}  // namespace

std::vector<events::PollId> readable_stops(const PartitionFold& fold, ledger::Ledger& ledger,
                                           const Decoder& decoder) {
  std::vector<events::PollId> readable;
  for (const auto& [poll, stop] : fold.stops()) {
    const auto record = ledger::read_one(ledger, fold.partition(), stop.offset, kReadWait);
    if (!record) {
      throw Corrupt("the ledger is shorter than what was folded from it: the record that parked " +
                    poll.text() + " is gone");
    }
    const auto decoded =
        decoder({.partition = record->partition, .key = record->key, .value = record->value},
                ledger.partitions());
    if (!std::holds_alternative<events::Unknown>(decoded)) readable.push_back(poll);
  }
  return readable;
}

Resumed resume_poll(const PartitionFold& fold, events::PollId poll, ledger::Ledger& ledger,
                    const Decoder& decoder) {
  const events::PollSlot* parked = fold.fold().slot(poll);
  FP_CHECK(parked != nullptr && parked->parked && !fold.beyond() && !fold.behind(),
           "a poll resumes from where it is parked, up to the committed position");
  const ledger::Offset from = parked->parked->offset;
  events::Fold alone;
  if (parked->poll) {
    alone.put(poll, {.poll = copy_of(parked->poll), .parked = {}, .from_offset = from});
  }
  Projection projection;
  const std::string key = poll.text();
  refold(ledger, {fold.partition(), from}, fold.committed().next,
         [&](const ledger::Record& record) {
           if (record.key != key) return;
           const auto decoded =
               decoder({.partition = record.partition, .key = record.key, .value = record.value},
                       ledger.partitions());
           projection.fold(alone, {.position = {record.offset, record.append_time_ms},
                                   .key = record.key,
                                   .value = record.value,
                                   .decoded = decoded});
         });
  Resumed resumed{.step = {.partition = fold.partition(),
                           .from = fold.committed(),
                           .to = fold.committed(),
                           .rows = projection.take(),
                           .unparked = {poll}},
                  .slot = {}};
  // Other strays with this key were recorded when they were read first.
  std::erase_if(resumed.step.rows.strays,
                [](const StrayRow& row) { return row.cause != events::StrayCause::never_opened; });
  if (const events::PollSlot* slot = alone.slot(poll)) {
    resumed.slot = {
        .poll = copy_of(slot->poll), .parked = slot->parked, .from_offset = fold.committed().next};
  }
  return resumed;
}

}  // namespace flashpoll::projector
