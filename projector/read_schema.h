#pragma once

#include <optional>
#include <string>
#include <vector>

#include "infra/ledger/ledger.h"
#include "infra/pg/connection.h"

/// Which read tables there are, and which are in force.
namespace flashpoll::projector {

/// The row of checkpoints.read_pointer.
struct ReadPointer {
  std::string schema;
  std::optional<std::string> former;  ///< kept for readers that have not moved on
};

/// Empty before the first start.
[[nodiscard]] std::optional<ReadPointer> read_pointer(pg::Connection& connection);

enum class Purpose : std::uint8_t {
  reading,  ///< as schemas/postgres/read says
  scratch,  ///< compared and dropped: not logged, without the indexes that only readers need
};

/// Makes an empty set of read tables for a ledger of that many partitions. Commits by itself.
void create_read_tables(pg::Connection& connection, const std::string& schema,
                        ledger::Partition partitions, Purpose purpose = Purpose::reading);
/// Drops the indexes that only readers need, and gives their definitions: what is filled without
/// them, and indexed then, is there in a fraction of the time.
[[nodiscard]] std::vector<std::string> set_indexes_aside(pg::Connection& connection,
                                                         const std::string& schema);
/// Nothing when there is none.
void drop_read_tables(pg::Connection& connection, const std::string& schema);

/// Whether the tables of a schema have the shape that this build makes: older and newer builds may
/// have made them otherwise, and only a rebuild changes that.
[[nodiscard]] bool has_this_shape(pg::Connection& connection, const std::string& schema);
/// Throws Misconfigured when they have not: `flashpoll migrate` sees to it.
void require_this_shape(pg::Connection& connection, const std::string& schema);

/// `read_1` → `read_2`.
[[nodiscard]] std::string next_schema(const std::string& schema);

/// At every start, after the migrations, by any number of processes at once: makes `read_1` and the
/// leases if nothing is there. Throws Misconfigured when the read tables belong to a ledger of
/// another number of partitions.
void prepare_read_tables(const pg::Target& target, ledger::Partition partitions);

}  // namespace flashpoll::projector
