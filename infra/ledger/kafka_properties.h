#pragma once

#include <string_view>

namespace flashpoll::ledger {

/// Why an operator may not set this property of librdkafka; empty when he may.
[[nodiscard]] std::string_view why_fixed(std::string_view property);

/// Whether the value of this property must not be seen.
[[nodiscard]] bool is_secret_property(std::string_view property);

}  // namespace flashpoll::ledger
