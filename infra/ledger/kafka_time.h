#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flashpoll::ledger {

/// The header in which an imported record brings its time along: decimal Unix milliseconds.
inline constexpr const char* kKafkaTimeHeader = "fp-time";

[[nodiscard]] std::string kafka_time_text(std::int64_t time_ms);

/// Empty when `text` is not what `kafka_time_text` writes.
[[nodiscard]] std::optional<std::int64_t> parse_kafka_time(std::string_view text);

}  // namespace flashpoll::ledger
