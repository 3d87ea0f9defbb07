#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "infra/ledger/landed_segments.h"
#include "infra/ledger/ledger.h"
#include "infra/pg/connection.h"
#include "infra/runtime/wake.h"

namespace flashpoll::ledger {

/// Reads segments by key, woken by the notification of each append, with a look every 250 ms beside
/// that. Once it has come to the end, what this process appends comes from memory, unless other
/// processes' records are before it. A lost connection is made anew by the next `read`.
class PostgresTail final : public Tail {
 public:
  /// `landed` must outlive this object.
  PostgresTail(pg::Target target, LandedSegments& landed, std::vector<Start> starts);

  std::span<const Record> read(std::size_t max_records, std::chrono::milliseconds wait) override;
  void wake() override;

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Position {
    Partition partition = 0;
    Offset next = 0;      ///< first offset to deliver
    Offset boundary = 0;  ///< first offset of the segment that holds `next`
    bool behind = true;   ///< the last page did not reach the end
  };

  /// True when connected. Otherwise waits, at most until `until` or a wake.
  [[nodiscard]] bool connect(Time until);
  /// Compares all positions with the ledger and finds the segments that hold them.
  void locate();
  void check(Position& position, const pg::Result& found, int row);
  /// Waits for more, at most until `until`, a look or a wake.
  void wait_for_more(Time until);
  /// Takes what lies ready in this process. Throws nothing.
  void take_landed();
  /// Reads one page of each partition into `page_` and `records_`.
  void fetch(std::size_t max_records);
  /// How many records of a page this partition gets, about.
  [[nodiscard]] Offset budget(const Position& position, std::size_t max_records) const;
  void take_segment(std::vector<Position>& moved, const SegmentHead& head,
                    std::string_view payload);

  const pg::Target target_;
  LandedSegments& landed_;
  std::vector<Position> positions_;
  std::optional<pg::Connection> connection_;
  runtime::Wake wake_;
  LandedSegments::Listener listener_{landed_, wake_};
  std::atomic<bool> woken_ = false;  ///< by `wake`
  Time next_connect_{};
  Time next_look_{};
  bool due_ = true;  ///< there may be more than was read
  std::size_t page_records_;
  pg::Result page_;                   ///< what the records' views point into
  std::vector<LandedSegment> taken_;  ///< likewise
  std::vector<Record> records_;
};

}  // namespace flashpoll::ledger
