#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "command/commands.h"

namespace flashpoll::command {

/// What a line of a bulk ingestion came to: of a reply what its answer says.
struct LineVerdict {
  enum class Kind : std::uint8_t { waiting, counted, repeat, refused };
  Kind kind = Kind::waiting;
  std::optional<Seq> seq{};  ///< the entry; when refused, the voter's latest counted one, if told
  std::string_view code{};   ///< refused only; lives for ever
};

[[nodiscard]] LineVerdict verdict_of(const Reply& reply);
/// `code` must live for ever.
[[nodiscard]] inline LineVerdict refused_line(std::string_view code) {
  return {.kind = LineVerdict::Kind::refused, .code = code};
}

}  // namespace flashpoll::command
