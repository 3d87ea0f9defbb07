#include "infra/ledger/segment.h"

#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::ledger {
namespace {

constexpr char kOneTime = 1;
constexpr char kTimeEach = 2;
constexpr int kMaxSizeBytes = 5;

void append_size(std::string& to, std::size_t size) {
  FP_CHECK(size <= UINT32_MAX, "a key or value is below 4 GiB");
  for (; size >= 0x80; size >>= 7) to += static_cast<char>(size | 0x80);
  to += static_cast<char>(size);
}

class SegmentReader {
 public:
  SegmentReader(const SegmentHead& head, std::string_view payload) : head_(head), rest_(payload) {}

  void read(std::vector<Record>& records) {
    const char format = take(1)[0];
    if (format != kOneTime && format != kTimeEach) fail();
    for (std::int64_t i = 0; i < head_.count; ++i) {
      Record record;
      record.partition = head_.partition;
      record.offset = head_.first_offset + i;
      record.append_time_ms = format == kTimeEach ? take_time() : head_.append_time_ms;
      record.key = take(take_size());
      record.value = take(take_size());
      records.push_back(record);
    }
    if (!rest_.empty()) fail();
  }

 private:
  std::string_view take(std::size_t size) {
    if (rest_.size() < size) fail();
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::size_t take_size() {
    std::uint64_t size = 0;
    for (int i = 0; i < kMaxSizeBytes; ++i) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      size |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        if (byte == 0 && i > 0) fail();
        return size;
      }
    }
    fail();
  }

  std::int64_t take_time() {
    std::uint64_t time = 0;
    const std::string_view bytes = take(8);
    for (std::size_t i = 8; i-- > 0;) time = time << 8 | static_cast<unsigned char>(bytes[i]);
    return static_cast<std::int64_t>(time);
  }

  [[noreturn]] void fail() const {
    throw Corrupt("ledger: the segment at offset " + std::to_string(head_.first_offset) +
                  " of partition " + std::to_string(head_.partition) + " is damaged");
  }

  const SegmentHead& head_;
  std::string_view rest_;
};

}  // namespace

void SegmentWriter::add(std::string_view key, std::string_view value,
                        std::optional<std::int64_t> time_ms) {
  const char format = time_ms ? kTimeEach : kOneTime;
  if (bytes_.empty()) bytes_ += format;
  FP_CHECK(bytes_[0] == format, "all records of a segment have a time, or none");
  if (time_ms) {
    auto time = static_cast<std::uint64_t>(*time_ms);
    for (int i = 0; i < 8; ++i, time >>= 8) bytes_ += static_cast<char>(time & 0xff);
  }
  append_size(bytes_, key.size());
  bytes_ += key;
  append_size(bytes_, value.size());
  bytes_ += value;
  ++count_;
}

void read_segment(const SegmentHead& head, std::string_view payload, std::vector<Record>& records) {
  SegmentReader(head, payload).read(records);
}

}  // namespace flashpoll::ledger
