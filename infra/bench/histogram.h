#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace flashpoll::bench {

/// Durations in nanoseconds, up to 18 minutes, kept to a part in a thousand: buckets as in
/// HdrHistogram (Gil Tene), 1024 for each power of two. Adding allocates nothing. One thread.
class Histogram {
 public:
  void add(std::uint64_t ns) {
    ns = std::min(ns, kMost);
    ++counts_[index_of(ns)];
    ++count_;
    max_ = std::max(max_, ns);
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The upper end of the bucket below which that share of all values lies; 0 without values.
  [[nodiscard]] double percentile_ms(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted) return to_ms(std::min(upper_end(i), max_));
    }
    return max_ms();
  }
  [[nodiscard]] double max_ms() const { return to_ms(max_); }

 private:
  static constexpr std::uint64_t kMost = (std::uint64_t{1} << 40) - 1;
  static constexpr int kDigits = 11;
  static constexpr std::size_t kHalf = std::size_t{1} << (kDigits - 1);

  static std::size_t index_of(std::uint64_t ns) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(ns)) - kDigits);
    return static_cast<std::size_t>(shift) * kHalf + (ns >> shift);
  }
  static std::uint64_t upper_end(std::size_t index) {
    const std::size_t shift = index < 2 * kHalf ? 0 : index / kHalf - 1;
    return ((index - shift * kHalf + 1) << shift) - 1;
  }
  static double to_ms(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(index_of(kMost) + 1);
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace flashpoll::bench
