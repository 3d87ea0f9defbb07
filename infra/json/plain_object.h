#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace flashpoll::json {

/// One flat object as machines write it: at most eight members, strings without escapes, integers
/// below 10^18 and lists of them. Read without a tree and without allocating, for bodies that come
/// very often. It knows no rule of its own: whatever is not that plain, or not what was asked for,
/// makes it give up, and `parse` with an `ObjectReader` says what is wrong, if anything is.
///
/// The getters are those of `ObjectReader`. The text must outlive the object.
class PlainObject {
 public:
  explicit PlainObject(std::string_view text);

  [[nodiscard]] std::optional<std::string_view> string(std::string_view name);
  [[nodiscard]] std::optional<std::string_view> required_string(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name);
  [[nodiscard]] std::optional<std::span<const std::int64_t>> required_integers(
      std::string_view name);
  /// The caller found a fault: its words are the other reader's.
  void fail(std::string_view /*place*/, std::string_view /*detail*/) { plain_ = false; }

  /// Whether all that was got is right, and nothing was in the object that nobody asked for. Call
  /// it after the last getter.
  [[nodiscard]] bool is_sound() const { return plain_ && asked_ == size_; }

 private:
  enum class Kind : std::uint8_t { string, integer, integers };
  struct Member {
    std::string_view name;
    Kind kind = Kind::string;
    std::string_view text;
    std::size_t first = 0;  ///< of the numbers
    std::size_t count = 0;
  };

  [[nodiscard]] bool read();
  [[nodiscard]] bool read_member();
  [[nodiscard]] bool read_value(Member& member);
  [[nodiscard]] bool read_string(std::string_view& text);
  [[nodiscard]] bool read_integer();
  [[nodiscard]] bool read_list();
  /// Takes this character, and white space before it.
  [[nodiscard]] bool take(char c);
  void skip_space();
  [[nodiscard]] const Member* find(std::string_view name, Kind kind);

  const char* at_;
  const char* end_;
  std::array<Member, 8> members_;
  std::size_t size_ = 0;
  std::size_t asked_ = 0;  ///< members that were got
  boost::container::small_vector<std::int64_t, 32> numbers_;
  bool plain_;
};

}  // namespace flashpoll::json
