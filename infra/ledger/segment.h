#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infra/ledger/ledger.h"

/// The bytes of a segment: the records of one partition that were committed together.
///
///   segment = format *record
///   format  = %x01 / %x02         ; 2: each record carries its own append time (an import)
///   record  = [time] size key size value
///   time    = 8 octets            ; Unix milliseconds, little-endian, only in format 2
///   size    = 1*5 octets          ; unsigned LEB128, shortest form
namespace flashpoll::ledger {

/// Builds one segment, in format 1 or, when the first record has a time, in format 2.
class SegmentWriter {
 public:
  /// Either all records of a segment have a time or none has.
  void add(std::string_view key, std::string_view value,
           std::optional<std::int64_t> time_ms = std::nullopt);
  [[nodiscard]] std::int32_t count() const { return count_; }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  /// The bytes, for who keeps them; the writer is used up.
  [[nodiscard]] std::string take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
  std::int32_t count_ = 0;
};

/// What a segment's row says beside the payload.
struct SegmentHead {
  Partition partition = 0;
  Offset first_offset = 0;
  std::int64_t count = 0;
  std::int64_t append_time_ms = 0;
};

/// Appends the segment's records to `records`; their views point into `payload`. Throws Corrupt
/// when the payload does not follow the grammar with exactly `head.count` records.
void read_segment(const SegmentHead& head, std::string_view payload, std::vector<Record>& records);

}  // namespace flashpoll::ledger
