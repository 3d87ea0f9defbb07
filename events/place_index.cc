#include "events/place_index.h"

#include <algorithm>
#include <utility>

namespace flashpoll::events {

namespace {

/// A print's lowest bits say where in a bucket it is, those above them which bucket.
constexpr std::uint32_t kSlotBits = 13;
constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
constexpr std::uint32_t kMostDepth = 32 - kSlotBits;

}  // namespace

std::size_t PlaceIndex::number_of(std::uint32_t print) const {
  return (print >> kSlotBits) & (directory_.size() - 1);
}

const PlaceIndex::Bucket& PlaceIndex::bucket_of(std::uint32_t print) const {
  return buckets_[directory_[number_of(print)]];
}

void PlaceIndex::expect(std::uint32_t print) const {
  const std::vector<Slot>& slots = bucket_of(print).slots;
  __builtin_prefetch(&slots[print & (slots.size() - 1)]);
}

void PlaceIndex::add(std::uint32_t print, std::uint32_t place) {
  while (bucket_of(print).full()) make_room(number_of(print));
  buckets_[directory_[number_of(print)]].fill({print, place});
}

void PlaceIndex::Bucket::fill(const Slot& slot) {
  const std::size_t mask = slots.size() - 1;
  std::size_t at = slot.print & mask;
  while (slots[at].place != kNowhere) at = (at + 1) & mask;
  slots[at] = slot;
  ++used;
}

void PlaceIndex::make_room(std::size_t number) {
  Bucket& bucket = buckets_[directory_[number]];
  const std::size_t size = bucket.slots.size();
  const bool splits = size == kSlots && bucket.depth < kMostDepth;
  const auto before = std::exchange(bucket.slots, std::vector<Slot>(splits ? size : 2 * size));
  bucket.used = 0;
  if (splits) add_twin(number);
  for (const Slot& slot : before) {
    if (slot.place != kNowhere) buckets_[directory_[number_of(slot.print)]].fill(slot);
  }
}

/// The bucket of this number leaves those of its numbers that have the next bit to a new one.
void PlaceIndex::add_twin(std::size_t number) {
  const std::size_t bit = std::size_t{1} << buckets_[directory_[number]].depth++;
  if (bit == directory_.size()) {
    directory_.resize(2 * bit);
    std::copy_n(directory_.begin(), bit, directory_.begin() + static_cast<std::ptrdiff_t>(bit));
  }
  const auto twin = static_cast<std::uint32_t>(buckets_.size());
  buckets_.push_back(
      {.slots = std::vector<Slot>(kSlots), .depth = buckets_[directory_[number]].depth});
  for (std::size_t i = (number & (bit - 1)) | bit; i < directory_.size(); i += 2 * bit) {
    directory_[i] = twin;
  }
}

}  // namespace flashpoll::events
