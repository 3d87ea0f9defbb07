#include "infra/ledger/kafka_time.h"

#include <charconv>

namespace flashpoll::ledger {

std::string kafka_time_text(std::int64_t time_ms) { return std::to_string(time_ms); }

std::optional<std::int64_t> parse_kafka_time(std::string_view text) {
  std::int64_t time_ms = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, time_ms);
  const bool good = error == std::errc() && stop == end && kafka_time_text(time_ms) == text;
  return good ? std::optional(time_ms) : std::nullopt;
}

}  // namespace flashpoll::ledger
