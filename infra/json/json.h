#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// JSON of request bodies, as in RFC 8259 and stricter: at most 16 levels deep, no duplicate keys,
/// valid UTF-8, no lone surrogates, nothing after the value. Numbers stay text, so nothing is
/// rounded; those beyond the range of a double are refused.
namespace flashpoll::json {

inline constexpr int kMaxDepth = 16;

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

class Value;
struct Member;
using Array = std::vector<Value>;
using Object = std::vector<Member>;  ///< in the order of the text

/// One parsed value; owns everything below it. The typed accessors may be called only for the
/// right kind.
class Value {
 public:
  /// A number as written: `-1.5e3`.
  struct Number {
    std::string text;
  };

  Value();
  explicit Value(bool value);
  explicit Value(Number value);
  explicit Value(std::string value);
  explicit Value(Array value);
  explicit Value(Object value);
  // In value.cc: inlined, g++ 12 takes the moved variant for uninitialised.
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  [[nodiscard]] Kind kind() const { return static_cast<Kind>(data_.index()); }
  [[nodiscard]] bool is(Kind kind) const { return this->kind() == kind; }

  [[nodiscard]] bool boolean() const { return std::get<bool>(data_); }
  [[nodiscard]] const std::string& number() const { return std::get<Number>(data_).text; }
  [[nodiscard]] const std::string& string() const { return std::get<std::string>(data_); }
  [[nodiscard]] const Array& array() const { return std::get<Array>(data_); }
  [[nodiscard]] Array& array() { return std::get<Array>(data_); }
  [[nodiscard]] const Object& object() const { return std::get<Object>(data_); }
  [[nodiscard]] Object& object() { return std::get<Object>(data_); }

  /// The number, if this is one spelt `0` or `[1-9][0-9]*`; nothing for any other value. What is
  /// above the largest int64 comes back as that: it is out of every range of ours.
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  /// Member of an object; null when absent or when this is no object.
  [[nodiscard]] const Value* find(std::string_view name) const;

 private:
  std::variant<std::nullptr_t, bool, Number, std::string, Array, Object> data_;
};

struct Member {
  std::string name;
  Value value;
};

// Here, where Member is complete: the members of a value may have to be destroyed.
inline Value::Value() = default;
inline Value::Value(bool value) : data_(value) {}
inline Value::Value(Number value) : data_(std::move(value)) {}
inline Value::Value(std::string value) : data_(std::move(value)) {}
inline Value::Value(Array value) : data_(std::move(value)) {}
inline Value::Value(Object value) : data_(std::move(value)) {}

struct ParseError {
  std::size_t byte_offset = 0;  ///< where reading stopped
  std::string what;             ///< a few plain words
};

/// Reads one whole text. Any thread; memory is a small multiple of the text.
[[nodiscard]] std::variant<Value, ParseError> parse(std::string_view text);

/// `0` or `[1-9][0-9]*`, saturating at the largest int64.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

/// As in RFC 3629: shortest forms, no surrogates, at most U+10FFFF.
[[nodiscard]] bool valid_utf8(std::string_view text);

}  // namespace flashpoll::json
