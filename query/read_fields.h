#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.h"
#include "events/ids.h"

/// Fields of a result row as values. Include only from query/read_*.cc. Throws Corrupt where a
/// field does not hold what the read tables promise.
namespace flashpoll::query::fields {

[[nodiscard]] std::string_view text(const pqxx::field& field);
[[nodiscard]] std::int64_t integer(const pqxx::field& field);
[[nodiscard]] std::optional<events::Seq> seq_or_none(const pqxx::field& field);
[[nodiscard]] events::Seq seq(const pqxx::field& field);
[[nodiscard]] bool boolean(const pqxx::field& field);
[[nodiscard]] events::Uuid uuid(const pqxx::field& field);
[[nodiscard]] std::string bytes(const pqxx::field& field);
/// Fills exactly `size` bytes.
void bytes(const pqxx::field& field, std::uint8_t* out, std::size_t size);
[[nodiscard]] std::vector<std::uint64_t> integers(const pqxx::field& field);
[[nodiscard]] events::Choices choices(const pqxx::field& field);
[[nodiscard]] std::vector<std::string> texts(const pqxx::field& field);

[[nodiscard]] inline std::int64_t bigint(events::PollId id) {
  return static_cast<std::int64_t>(id.bits());
}
[[nodiscard]] inline std::int64_t bigint(events::Seq seq) {
  return static_cast<std::int64_t>(seq.value);
}

}  // namespace flashpoll::query::fields
