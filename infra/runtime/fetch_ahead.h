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

/// Calls `act` with each index in turn, while `size_bytes` of what the pointer `ahead` places
/// further on points to are fetched.
template <typename Pointers, typename Act>
void for_each_fetched(const Pointers& pointers, std::size_t ahead, std::size_t size_bytes,
                      Act act) {
  for (std::size_t i = 0; i < pointers.size(); ++i) {
    if (i + ahead < pointers.size()) fetch_ahead(pointers[i + ahead].get(), size_bytes);
    act(i);
  }
}

}  // namespace flashpoll::runtime
