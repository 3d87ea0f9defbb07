#include "infra/http/limiter.h"

#include <algorithm>

#include "infra/http/addresses.h"

namespace flashpoll::http {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;

/// What one subscriber shares: his IPv4 address, or the /64 of his IPv6 address.
std::string key_of(std::string_view text) {
  const std::optional<Address> address = parse_address(text);
  if (!address) return std::string(text);
  const std::string bytes(address->begin(), address->end());
  return is_ipv4(*address) ? bytes : bytes.substr(0, 8);
}

}  // namespace

Limiter::Limiter(const runtime::Clock& clock, int per_minute, std::size_t max_addresses)
    : clock_(clock),
      per_minute_(per_minute),
      max_addresses_(std::max<std::size_t>(1, max_addresses)) {}

bool Limiter::limited(std::string_view text) const {
  if (per_minute_ <= 0) return false;
  const std::optional<Address> address = parse_address(text);
  return !address || !is_loopback(*address);
}

/// The bucket of an address, filled up to now, made the last used one.
Limiter::Bucket& Limiter::bucket(std::string_view address) {
  const std::int64_t now = clock_.monotonic_ms();
  const std::int64_t full = std::int64_t{per_minute_} * kMinuteMs;
  const std::string key = key_of(address);
  const auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (buckets_.size() >= max_addresses_) {
      buckets_.erase(recent_.back().key);
      recent_.pop_back();
    }
    recent_.push_front({key, full, now});
    buckets_.emplace(recent_.front().key, recent_.begin());
    return recent_.front();
  }
  recent_.splice(recent_.begin(), recent_, found->second);
  Bucket& bucket = recent_.front();
  const std::int64_t passed = std::min(now - bucket.at_ms, kMinuteMs);
  bucket.level = std::min(full, bucket.level + passed * per_minute_);
  bucket.at_ms = now;
  return bucket;
}

bool Limiter::take(std::string_view address) {
  if (!limited(address)) return true;
  const runtime::MutexLock lock(mutex_);
  Bucket& own = bucket(address);
  if (own.level < kMinuteMs) return false;
  own.level -= kMinuteMs;
  return true;
}

bool Limiter::allowed(std::string_view address) {
  if (!limited(address)) return true;
  const runtime::MutexLock lock(mutex_);
  return bucket(address).level >= kMinuteMs;
}

int Limiter::retry_after_s() const {
  return per_minute_ <= 0 ? 1 : std::max(1, (60 + per_minute_ - 1) / per_minute_);
}

}  // namespace flashpoll::http
