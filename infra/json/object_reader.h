#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infra/json/json.h"

namespace flashpoll::json {

/// What is wrong with one place of a body; `pointer` is an RFC 6901 JSON pointer.
struct FieldError {
  std::string pointer;
  std::string detail;
};

/// Takes the members of a request body one by one and collects everything that is wrong, so that a
/// client hears of all faults at once. A member that is `null` counts as absent.
///
///   ObjectReader body(value);
///   const auto question = body.required_string("question");
///   const auto min = body.integer("min", 1, 20);
///   if (!body.unknown().empty()) …400; if (!body.errors().empty()) …422
///
/// The value, and the names (literals, as a rule), must outlive the reader.
class ObjectReader {
 public:
  /// No object: one error at the root, and every member is absent without further errors.
  explicit ObjectReader(const Value& value, std::string pointer = "");

  /// The getters give nothing when the member is absent (the `required_` ones record an error then)
  /// or when it is of another type or out of range (an error). A string with U+0000 is an error.
  [[nodiscard]] std::optional<std::string> string(std::string_view name);
  [[nodiscard]] std::optional<std::string> required_string(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> integer(
      std::string_view name, std::int64_t least = 0,
      std::int64_t most = std::numeric_limits<std::int64_t>::max());
  [[nodiscard]] std::optional<std::int64_t> required_integer(
      std::string_view name, std::int64_t least = 0,
      std::int64_t most = std::numeric_limits<std::int64_t>::max());
  [[nodiscard]] std::optional<bool> boolean(std::string_view name);
  [[nodiscard]] std::optional<std::vector<std::string>> strings(std::string_view name);
  [[nodiscard]] std::optional<std::vector<std::string>> required_strings(std::string_view name);
  /// Each element `0` or `[1-9][0-9]*`, saturating; ranges are the caller's.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> integers(std::string_view name);
  [[nodiscard]] std::optional<std::vector<std::int64_t>> required_integers(std::string_view name);
  /// Any kind but null; null pointer when absent.
  [[nodiscard]] const Value* member(std::string_view name);

  /// Records a fault that the caller found. `place` is a member's name, or a path below it as in
  /// `choices/0`.
  void fail(std::string_view place, std::string detail);

  /// Members that nobody asked for. Call it after the last getter.
  [[nodiscard]] std::vector<FieldError> unknown() const;
  [[nodiscard]] const std::vector<FieldError>& errors() const { return errors_; }

 private:
  const Value* required(std::string_view name);
  std::optional<std::string> as_string(const Value& value, std::string_view place);
  std::optional<std::int64_t> as_integer(const Value* value, std::string_view name,
                                         std::int64_t least, std::int64_t most);
  std::optional<std::vector<std::string>> as_strings(const Value* value, std::string_view name);
  std::optional<std::vector<std::int64_t>> as_integers(const Value* value, std::string_view name);
  template <typename Element, typename Read>
  std::optional<std::vector<Element>> list(const Value* value, std::string_view name, Read read);

  const Value& value_;
  std::string pointer_;
  std::vector<std::string_view> asked_;
  std::vector<FieldError> errors_;
};

}  // namespace flashpoll::json
