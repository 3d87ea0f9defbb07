#include <algorithm>
#include <string>

#include "infra/ledger/postgres_tail.h"
#include "infra/ledger/segment.h"
#include "infra/runtime/fault.h"

/// How a PostgresTail reads and takes one page; the rest of it is in postgres_tail.cc.
namespace flashpoll::ledger {
namespace {

constexpr std::size_t kLeastPage = 16;
constexpr std::size_t kMostPage = 1 << 20;
constexpr std::size_t kPageBytes = 8 << 20;

enum Column : int { kPartition, kFirstOffset, kCount, kMs, kPayload };

}  // namespace

void PostgresTail::fetch(std::size_t max_records) {
  std::vector<std::int32_t> partitions;
  std::vector<Offset> low;
  std::vector<Offset> high;
  for (const Position& position : positions_) {
    partitions.push_back(static_cast<std::int32_t>(position.partition));
    low.push_back(position.boundary);
    high.push_back(position.next + budget(position, max_records));
  }
  page_ = connection_->exec_prepared(
      "fetch", pg::Params().integers(partitions).bigints(low).bigints(high), pg::Format::binary);
  // Only a page that was read whole counts: a damaged one must not move a position.
  std::vector<Position> moved = positions_;
  std::size_t bytes = 0;
  for (int row = 0; row < page_.rows(); ++row) {
    const SegmentHead head{static_cast<Partition>(page_.integer(row, kPartition)),
                           page_.integer(row, kFirstOffset), page_.integer(row, kCount),
                           page_.integer(row, kMs)};
    const std::string_view payload = page_.bytes(row, kPayload);
    bytes += payload.size();
    take_segment(moved, head, payload);
  }
  due_ = false;
  for (std::size_t i = 0; i < moved.size(); ++i) {
    moved[i].behind = moved[i].next >= high[i];
    due_ = due_ || moved[i].behind;
  }
  positions_ = std::move(moved);
  if (bytes > kPageBytes) page_records_ = std::max(page_records_ / 2, kLeastPage);
  if (bytes < kPageBytes / 2 && due_) page_records_ = std::min(page_records_ * 2, kMostPage);
}

void PostgresTail::take_landed() {
  std::vector<Start> starts;
  for (const Position& position : positions_) {
    if (!position.behind) starts.push_back({position.partition, position.boundary});
  }
  taken_ = landed_.from(starts);
  for (const LandedSegment& segment : taken_) {
    take_segment(positions_, segment.head, *segment.payload);
  }
}

Offset PostgresTail::budget(const Position& position, std::size_t max_records) const {
  const std::size_t all = std::min(max_records, page_records_);
  const auto behind =
      static_cast<std::size_t>(std::ranges::count_if(positions_, &Position::behind));
  // Half for those that have more than the last page held, half for those that keep up.
  const std::size_t shares = position.behind && behind < positions_.size() ? 2 * behind
                             : behind == positions_.size()                 ? behind
                                                                           : 2 * positions_.size();
  return static_cast<Offset>(std::max<std::size_t>(1, all / shares));
}

void PostgresTail::take_segment(std::vector<Position>& moved, const SegmentHead& head,
                                std::string_view payload) {
  const auto position = std::ranges::find(moved, head.partition, &Position::partition);
  if (position == moved.end() || head.first_offset != position->boundary) {
    throw Corrupt("ledger: offset " +
                  std::to_string(position == moved.end() ? -1 : position->boundary) +
                  " of partition " + std::to_string(head.partition) + " is missing, " +
                  std::to_string(head.first_offset) + " comes instead");
  }
  const std::size_t before = records_.size();
  read_segment(head, payload, records_);
  // The first segment may begin before the place where this tail was to start.
  const Offset known = std::clamp<Offset>(position->next - head.first_offset, 0, head.count);
  const auto first = records_.begin() + static_cast<std::ptrdiff_t>(before);
  records_.erase(first, first + known);
  position->boundary = position->next = head.first_offset + head.count;
}

}  // namespace flashpoll::ledger
