#pragma once

#include <string>
#include <string_view>

/// The statements that write read tables, for one schema. Parameters: row_params.h.
namespace flashpoll::projector::sql {

/// `text` with the schema's name wherever it says read_N.
[[nodiscard]] std::string in_schema(std::string_view text, const std::string& schema);

/// Moves positions from their old values: $1 partitions, $2 old, $3 new next offsets, $4 last
/// offsets, $5 their digests, $6 the reader. The rows are locked in ascending order, so two
/// projectors never deadlock. `serving`: only while the pointer names this schema.
[[nodiscard]] std::string move_positions(const std::string& schema, bool serving);
[[nodiscard]] std::string put_results(const std::string& schema);
[[nodiscard]] std::string put_polls(const std::string& schema);
[[nodiscard]] std::string put_parked(const std::string& schema);
[[nodiscard]] std::string put_strays(const std::string& schema);
/// Keeps the newest rows of a partition: $1 partition, $2 how many.
[[nodiscard]] std::string trim_strays(const std::string& schema);
/// $1 channel, $2 payload or empty. No row when the pointer names another schema.
[[nodiscard]] std::string notify(const std::string& schema);

}  // namespace flashpoll::projector::sql
