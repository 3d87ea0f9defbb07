#include "infra/ledger/landed_segments.h"

namespace flashpoll::ledger {
namespace {

/// A row in memory beside its payload, about.
constexpr std::size_t kRowBytes = 256;

std::size_t size_of(const LandedSegment& segment) { return segment.payload->size() + kRowBytes; }

}  // namespace

LandedSegments::Listener::Listener(LandedSegments& segments, const runtime::Wake& wake)
    : segments_(segments), wake_(wake) {
  const runtime::MutexLock lock(segments_.mutex_);
  segments_.listeners_.insert(this);
}

LandedSegments::Listener::~Listener() {
  const runtime::MutexLock lock(segments_.mutex_);
  segments_.listeners_.erase(this);
}

void LandedSegments::add(std::vector<LandedSegment> segments) {
  const runtime::MutexLock lock(mutex_);
  for (LandedSegment& segment : segments) {
    const Place place{segment.head.partition, segment.head.first_offset};
    const std::size_t size = size_of(segment);
    if (!kept_.emplace(place, std::move(segment)).second) continue;
    in_order_.push_back(place);
    bytes_ += size;
  }
  make_room();
  for (const Listener* listener : listeners_) listener->wake_.signal();
}

void LandedSegments::make_room() {
  while (bytes_ > max_bytes_) {
    const auto oldest = kept_.find(in_order_.front());
    bytes_ -= size_of(oldest->second);
    kept_.erase(oldest);
    in_order_.pop_front();
  }
}

void LandedSegments::missed() {
  const runtime::MutexLock lock(mutex_);
  for (Listener* listener : listeners_) {
    listener->missed_ = true;
    listener->wake_.signal();
  }
}

std::vector<LandedSegment> LandedSegments::from(std::span<const Start> starts) const {
  std::vector<LandedSegment> found;
  const runtime::MutexLock lock(mutex_);
  for (const Start& start : starts) {
    Offset next = start.offset;
    auto it = kept_.find({start.partition, next});
    for (; it != kept_.end() && it->first == Place{start.partition, next}; ++it) {
      found.push_back(it->second);
      next += it->second.head.count;
    }
  }
  return found;
}

}  // namespace flashpoll::ledger
