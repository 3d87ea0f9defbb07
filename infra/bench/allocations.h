#pragma once

#include <cstdint>

namespace flashpoll::bench {

/// How often this program has asked the heap for memory by `new`.
[[nodiscard]] std::uint64_t allocations();

}  // namespace flashpoll::bench
