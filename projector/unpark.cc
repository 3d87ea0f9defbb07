#include "projector/unpark.h"

#include <chrono>
#include <utility>

#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::projector {

namespace {

constexpr std::chrono::milliseconds kReadWait{5000};
/// Entries of a portion, and records of a read, about.
constexpr std::size_t kPortion = 10'000;

std::unique_ptr<events::Poll> copy_of(const std::unique_ptr<events::Poll>& poll) {
  return poll ? std::make_unique<events::Poll>(*poll) : nullptr;
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

PollResumption::PollResumption(const PartitionFold& fold, events::PollId poll,
                               ledger::Ledger& ledger, const Decoder& decoder)
    : fold_(fold),
      poll_(poll),
      key_(poll.text()),
      decoder_(decoder),
      partitions_(ledger.partitions()) {
  const events::PollSlot* parked = fold.fold().slot(poll);
  FP_CHECK(parked != nullptr && parked->parked && !fold.beyond() && !fold.behind(),
           "a poll resumes from where it is parked, up to the committed position");
  next_ = parked->parked->offset;
  tail_ = ledger.tail({{fold.partition(), next_}});
  if (parked->poll) {
    alone_.put(poll, {.poll = copy_of(parked->poll), .parked = {}, .from_offset = next_});
  }
}

Step PollResumption::step() const {
  return {.partition = fold_.partition(),
          .from = fold_.committed(),
          .to = fold_.committed(),
          .rows = {},
          .unparked = {poll_}};
}

std::optional<RowChanges> PollResumption::next() {
  const ledger::Offset end = fold_.committed().next;
  if (next_ >= end) return std::nullopt;
  while (next_ < end && projection_.entries() < kPortion) {
    const auto records = tail_->read(kPortion, kReadWait);
    if (records.empty()) throw Unavailable("the ledger does not give records again for a poll");
    for (const ledger::Record& record : records) {
      next_ = record.offset + 1;
      if (record.offset < end && record.key == key_) take(record);
    }
  }
  entries_ += projection_.entries();
  RowChanges rows = projection_.take();
  // Other strays with this key were recorded when they were read first.
  std::erase_if(rows.strays,
                [](const StrayRow& row) { return row.cause != events::StrayCause::never_opened; });
  return rows;
}

void PollResumption::take(const ledger::Record& record) {
  const auto decoded = decoder_(
      {.partition = record.partition, .key = record.key, .value = record.value}, partitions_);
  projection_.fold(alone_, {.position = {record.offset, record.append_time_ms},
                            .key = record.key,
                            .value = record.value,
                            .decoded = decoded});
}

std::optional<events::PollSlot> PollResumption::slot() const {
  const events::PollSlot* slot = alone_.slot(poll_);
  if (slot == nullptr) return std::nullopt;
  return events::PollSlot{
      .poll = copy_of(slot->poll), .parked = slot->parked, .from_offset = fold_.committed().next};
}

}  // namespace flashpoll::projector
