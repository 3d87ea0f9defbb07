#pragma once

#include <cstdint>
#include <vector>

/// Finds numbered places by 32 bits of what is kept there. Pure.
namespace flashpoll::events {

/// Extendible hashing (Fagin, Nievergelt, Pippenger and Strong, ACM Transactions on Database
/// Systems 4(3), 1979): a directory of buckets, of which a full one splits in two, so that however
/// many places there are, adding one moves 4096 at most. In a bucket linear probing (Knuth, The Art
/// of Computer Programming, volume 3, section 6.4, algorithm L). Nothing is taken out. Prints have
/// to be as good as hashes; more equal ones than a bucket holds make only that bucket larger.
class PlaceIndex {
 public:
  static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};

  /// The first place of this print that `is_it` takes; else kNowhere.
  template <typename IsIt>
  [[nodiscard]] std::uint32_t find(std::uint32_t print, IsIt is_it) const;
  /// `place` is not kNowhere.
  void add(std::uint32_t print, std::uint32_t place);
  /// A hint without effect: `find` and `add` of this print come soon.
  void expect(std::uint32_t print) const;

 private:
  struct Slot {
    std::uint32_t print = 0;
    std::uint32_t place = kNowhere;
  };
  struct Bucket {
    [[nodiscard]] bool full() const { return 2 * used == slots.size(); }
    void fill(const Slot& slot);

    std::vector<Slot> slots = std::vector<Slot>(8);  ///< a power of two, at most half of them used
    std::size_t used = 0;
    std::uint32_t depth = 0;  ///< so many bits are the same in all of its prints' numbers
  };

  [[nodiscard]] std::size_t number_of(std::uint32_t print) const;
  [[nodiscard]] const Bucket& bucket_of(std::uint32_t print) const;
  void make_room(std::size_t number);
  void add_twin(std::size_t number);

  std::vector<Bucket> buckets_ = std::vector<Bucket>(1);
  /// Bucket of each number. One of a lesser depth than others has several.
  std::vector<std::uint32_t> directory_ = {0};
};

template <typename IsIt>
std::uint32_t PlaceIndex::find(std::uint32_t print, IsIt is_it) const {
  const std::vector<Slot>& slots = bucket_of(print).slots;
  const std::size_t mask = slots.size() - 1;
  for (std::size_t at = print & mask; slots[at].place != kNowhere; at = (at + 1) & mask) {
    if (slots[at].print == print && is_it(slots[at].place)) return slots[at].place;
  }
  return kNowhere;
}

}  // namespace flashpoll::events
