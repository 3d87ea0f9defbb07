#pragma once

#include <cstddef>

namespace flashpoll::runtime {

/// Begins to fetch `size_bytes` from there into the caches, where the processor can. Nothing is
/// read, so the memory need not be anybody's.
inline void fetch_ahead(const void* from, std::size_t size_bytes) {
  constexpr std::size_t kCacheLine = 64;
  const char* const bytes = static_cast<const char*>(from);
  for (std::size_t at = 0; at < size_bytes; at += kCacheLine) __builtin_prefetch(bytes + at);
}

}  // namespace flashpoll::runtime
