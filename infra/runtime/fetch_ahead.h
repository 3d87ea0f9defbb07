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

/// Where the memory of a smart pointer's object is.
struct Pointee {
  const void* operator()(const auto& pointer) const { return pointer.get(); }
};

/// Calls `act` with each index in turn, while `size_bytes` of the memory of the element `ahead`
/// places further on are fetched. `address_of` an element: where that begins, null for none.
template <typename Elements, typename Act, typename AddressOf = Pointee>
void for_each_fetched(const Elements& elements, std::size_t ahead, std::size_t size_bytes, Act act,
                      AddressOf address_of = {}) {
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const void* const next =
        i + ahead < elements.size() ? address_of(elements[i + ahead]) : nullptr;
    if (next != nullptr) fetch_ahead(next, size_bytes);
    act(i);
  }
}

}  // namespace flashpoll::runtime
