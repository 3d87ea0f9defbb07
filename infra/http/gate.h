#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "infra/http/problem.h"

/// The only reader of request heads. Stricter than RFC 9112 wherever two servers could read the
/// same bytes differently, so that nothing can be smuggled past a gateway. Pure.
namespace flashpoll::http {

struct HeadField {
  std::string_view name;
  std::string_view value;  ///< without surrounding blanks
};

/// A request head that has passed. Views into the bytes it was read from.
struct Head {
  std::string_view method;
  std::string_view path;   ///< begins with `/`, or is `*`; undecoded
  std::string_view query;  ///< without the `?`
  std::vector<HeadField> fields;
  std::optional<std::uint64_t> content_length;  ///< saturated
  bool chunked = false;
  bool close = false;            ///< the client wants the connection closed
  bool expect_continue = false;  ///< it waits for `100 Continue`

  /// First value, name in any case.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
  [[nodiscard]] bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

/// What a client that waits for it is told.
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

struct HeadRefusal {
  ProtocolProblem problem;
  std::string_view detail;  ///< constant text
};

struct HeadLimits {
  std::size_t header_bytes;
  std::size_t target_bytes;
};

/// Looks for the end of a head. `bytes` is what came so far, without leading empty lines; `scanned`
/// (0 at first) is kept by the caller between calls. Gives the size of the head with its last empty
/// line, nothing while it is incomplete, or a refusal as soon as it is certain.
[[nodiscard]] std::variant<std::monostate, std::size_t, HeadRefusal> find_head(
    std::string_view bytes, std::size_t& scanned, const HeadLimits& limits);

/// Reads one complete head, as found by `find_head`.
[[nodiscard]] std::variant<Head, HeadRefusal> parse_head(std::string_view bytes,
                                                         const HeadLimits& limits);

[[nodiscard]] bool same_ignoring_case(std::string_view a, std::string_view b);
/// RFC 9110: a name of a method or field.
[[nodiscard]] bool is_token(std::string_view text);
/// Whether a comma-separated field value, such as Connection's, holds `token`, in any case.
[[nodiscard]] bool list_holds(std::string_view list, std::string_view token);

}  // namespace flashpoll::http
