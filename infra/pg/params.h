#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flashpoll::pg {

/// The parameters $1, $2, … of a statement, sent in binary with their types. Copies what it is
/// given.
class Params {
 public:
  Params& boolean(bool value);
  Params& integer(std::int32_t value);
  Params& bigint(std::int64_t value);
  Params& text(std::string_view value);
  Params& bytea(std::string_view value);
  Params& integers(std::span<const std::int32_t> values);
  Params& bigints(std::span<const std::int64_t> values);
  Params& texts(std::span<const std::string_view> values);
  Params& byteas(std::span<const std::string_view> values);
  /// A NULL whose type the statement tells.
  Params& null();

  [[nodiscard]] int size() const { return static_cast<int>(types_.size()); }

 private:
  friend class Connection;
  Params& add(unsigned type, std::string value);

  std::vector<unsigned> types_;  ///< OIDs, 0: the server decides
  std::vector<std::string> values_;
  std::vector<bool> nulls_;
};

}  // namespace flashpoll::pg
