#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "infra/runtime/clock.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::http {

/// So many events a minute for each client address: a token bucket that holds a minute's worth.
/// Loopback is never limited. IPv6 addresses count by their /64, as a subscriber gets a whole one.
/// At most `max_addresses` are remembered; then the one unused for longest is forgotten. Any
/// thread.
class Limiter {
 public:
  /// `per_minute` 0: no limit at all.
  Limiter(const runtime::Clock& clock, int per_minute, std::size_t max_addresses = 100'000);

  /// Takes one if there is one. False: refuse with 429 and `retry_after_s`.
  [[nodiscard]] bool take(std::string_view address);
  /// Whether `take` would succeed, taking nothing: for limits on failures, asked before the
  /// attempt, taken after it failed.
  [[nodiscard]] bool allowed(std::string_view address);
  /// Seconds until one token is back, at least 1.
  [[nodiscard]] int retry_after_s() const;

 private:
  struct Bucket {
    std::string key;
    std::int64_t level;  ///< in sixty-thousandths of an event: each millisecond adds `per_minute`
    std::int64_t at_ms;
  };
  [[nodiscard]] bool limited(std::string_view address) const;
  Bucket& bucket(std::string_view address) FP_REQUIRES(mutex_);

  const runtime::Clock& clock_;
  const int per_minute_;
  const std::size_t max_addresses_;
  runtime::Mutex mutex_;
  std::list<Bucket> recent_ FP_GUARDED_BY(mutex_);  ///< last used first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> buckets_ FP_GUARDED_BY(mutex_);
};

}  // namespace flashpoll::http
