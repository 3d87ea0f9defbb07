#pragma once

#include <cstdint>
#include <string_view>

#include "infra/pg/handle.h"

namespace flashpoll::pg {

/// The rows of a statement; views into it live as long as it does.
class Result {
 public:
  Result() = default;
  explicit Result(Handle<pg_result> result) : result_(std::move(result)) {}

  [[nodiscard]] int rows() const;
  [[nodiscard]] int columns() const;
  /// The command tag, as `INSERT 0 5`.
  [[nodiscard]] std::string_view command() const;
  /// Rows that INSERT, UPDATE, DELETE or COPY touched.
  [[nodiscard]] std::int64_t affected() const;

  [[nodiscard]] bool is_null(int row, int column) const;
  /// The value's bytes as the server sent them: text, or binary where that was asked for.
  [[nodiscard]] std::string_view bytes(int row, int column) const;
  /// A smallint, integer or bigint, text or binary. Throws Corrupt when it is none, or NULL.
  [[nodiscard]] std::int64_t integer(int row, int column) const;

 private:
  Handle<pg_result> result_;
};

}  // namespace flashpoll::pg
