#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "events/check.h"

namespace flashpoll::command {

/// Pointers by numbers that only ascend, as a window that slides along: no hashing. It is as long
/// as the oldest number in it is behind the newest.
template <typename T>
class ByNumber {
 public:
  void add(std::uint64_t number, T* item) {
    if (items_.empty()) first_ = number;
    FP_CHECK(number >= first_ + items_.size(), "numbers ascend and are not reused");
    items_.resize(number - first_, nullptr);
    items_.push_back(item);
  }

  /// All numbers in it are at least this and below `end`.
  [[nodiscard]] std::uint64_t first() const { return first_; }
  [[nodiscard]] std::uint64_t end() const { return first_ + items_.size(); }

  /// Null: not there, or not any more.
  [[nodiscard]] T* find(std::uint64_t number) const {
    const std::uint64_t at = number - first_;
    return number < first_ || at >= items_.size() ? nullptr : items_[at];
  }

  void erase(std::uint64_t number) {
    if (find(number) == nullptr) return;
    items_[number - first_] = nullptr;
    for (; !items_.empty() && items_.front() == nullptr; ++first_) items_.pop_front();
  }

 private:
  std::deque<T*> items_;
  std::uint64_t first_ = 0;
};

}  // namespace flashpoll::command
