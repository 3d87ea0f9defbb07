#pragma once

namespace flashpoll::runtime {

/// Ends a wait on a socket: an eventfd. `signal` by any thread, the rest by the waiting one.
class Wake {
 public:
  Wake();
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  /// The wait under way, or else the next one, returns at once.
  void signal() const noexcept;
  /// Whether it was signalled since the last call; resets it.
  [[nodiscard]] bool take() const noexcept;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace flashpoll::runtime
