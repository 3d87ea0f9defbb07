#include "projector/partition_fold.h"

#include <utility>
#include <vector>

#include "infra/ledger/digest.h"
#include "infra/runtime/check.h"

namespace flashpoll::projector {

void PartitionFold::set_committed(const PartitionMark& committed, Stops stops) {
  committed_ = committed;
  stops_ = std::move(stops);
}

events::Decoded PartitionFold::decode(const ledger::Record& record) const {
  events::Decoded decoded = decoder_(
      {.partition = record.partition, .key = record.key, .value = record.value}, partitions_);
  const auto* event = std::get_if<events::Event>(&decoded);
  if (event == nullptr || stops_.empty()) return decoded;
  const auto stop = stops_.find(events::poll_of(*event));
  if (stop == stops_.end() || stop->second.offset != record.offset) return decoded;
  return events::Unknown{stop->first, stop->second.type};
}

void PartitionFold::take(const ledger::Record& record) {
  FP_CHECK(record.offset >= next_, "a tail repeats no record");
  const events::Decoded decoded = decode(record);
  const events::Position position{.offset = record.offset, .append_time = record.append_time_ms};
  if (record.offset < committed_.next) {
    (void)fold_.fold(position, decoded);
  } else {
    projection_.fold(
        fold_,
        {.position = position, .key = record.key, .value = record.value, .decoded = decoded});
  }
  next_ = record.offset + 1;
}

Step PartitionFold::cut(const ledger::Record& last) {
  FP_CHECK(last.offset + 1 == next_ && beyond(), "a step ends at the record read last");
  Step step{.partition = partition_,
            .from = committed_,
            .to = {.next = next_,
                   .last = events::LastRecord{.offset = last.offset,
                                              .digest = ledger::record_digest(last)}},
            .rows = projection_.take(),
            .unparked = {}};
  for (const ParkedRow& row : step.rows.parked) stops_[row.poll] = {row.offset, row.type};
  committed_ = step.to;
  return step;
}

void PartitionFold::restart(ledger::Offset next) {
  fold_ = events::Fold();
  (void)projection_.take();
  next_ = next;
}

bool PartitionFold::agrees_on_stops() const {
  std::size_t parked = 0;
  bool same = true;
  fold_.each([&](events::PollId id, const events::PollSlot& slot) {
    if (!slot.parked) return;
    ++parked;
    const auto stop = stops_.find(id);
    same = same && stop != stops_.end() && stop->second.offset == slot.parked->offset;
  });
  return same && parked == stops_.size();
}

bool PartitionFold::resume(events::PollId id, std::optional<events::PollSlot> slot) {
  stops_.erase(id);
  if (!slot) return false;
  if (slot->parked) stops_[id] = {slot->parked->offset, slot->parked->type};
  fold_.put(id, std::move(*slot));
  return true;
}

void PartitionFold::drop_voters(events::TimeMs closed_before) {
  std::vector<events::PollId> polls;
  fold_.each([&](events::PollId id, const events::PollSlot& slot) {
    if (slot.parked || !slot.poll || !slot.poll->closed || slot.poll->voters.size() == 0) return;
    if (slot.poll->closed->at < closed_before) polls.push_back(id);
  });
  for (const events::PollId poll : polls) fold_.drop_voters(poll);
}

}  // namespace flashpoll::projector
