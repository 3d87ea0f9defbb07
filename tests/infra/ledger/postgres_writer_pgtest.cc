#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "infra/ledger/postgres_writer.h"
#include "tests/contract/ledger_helpers.h"
#include "tests/infra/ledger/postgres_world.h"

namespace flashpoll::ledger::test {

TEST_CASE("each partition of a batch gets its own segment, whichever of them it touches") {
  PostgresWorld world;
  PostgresWriter writer(world.target);
  std::map<Partition, Offset> ends;
  const std::vector<std::vector<Partition>> touched = {{2}, {0, 2}, {1, 2}, {0, 1, 2}, {0}, {1}};
  for (const auto& partitions : touched) {
    Segments batch;
    for (const Partition partition : partitions) {
      for (Partition i = 0; i <= partition; ++i) batch[partition].add("k", std::to_string(i));
    }
    const Landed landed = writer.send(batch, kLong);
    CHECK(landed.size() == batch.size());
    pg::Connection connection(world.target);
    for (const auto& [partition, segment] : batch) {
      CHECK(landed.at(partition).offset == ends[partition]);
      const pg::Result stored = connection.exec(
          "SELECT count, payload = $3, ms FROM ledger.segments "
          "WHERE partition = $1 AND first_offset = $2",
          pg::Params()
              .integer(static_cast<std::int32_t>(partition))
              .bigint(landed.at(partition).offset)
              .bytea(segment.bytes()));
      REQUIRE(stored.rows() == 1);
      CHECK(stored.integer(0, 0) == segment.count());
      CHECK(stored.bytes(0, 1) == "t");
      CHECK(stored.integer(0, 2) == landed.at(partition).append_time_ms);
      ends[partition] += segment.count();
    }
  }
}

}  // namespace flashpoll::ledger::test
