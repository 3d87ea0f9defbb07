#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infra/http/http.h"

/// The encodings of URLs and forms. What decodes to invalid UTF-8 or holds U+0000 is refused.
namespace flashpoll::http {

/// `%41` → `A`; nothing when an escape is broken.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);
/// Everything but RFC 3986's unreserved characters is escaped.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// `a=1&b=x+y`: a query, or a body of `application/x-www-form-urlencoded`, in the order sent. `+`
/// is a space; a name without `=` has an empty value; empty pairs are left out. Nothing when
/// anything in it is broken.
[[nodiscard]] std::optional<std::vector<Parameter>> parse_form(std::string_view text);

/// First value of that name.
[[nodiscard]] std::optional<std::string_view> find(const std::vector<Parameter>& parameters,
                                                   std::string_view name);

/// Value of a cookie in the text of a `Cookie` header, as sent.
[[nodiscard]] std::optional<std::string_view> find_cookie(std::string_view header,
                                                          std::string_view name);

}  // namespace flashpoll::http
