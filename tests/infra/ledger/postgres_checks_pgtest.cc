#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/postgres_checks.h"
#include "infra/ledger/segment.h"
#include "infra/runtime/fault.h"
#include "tests/contract/ledger_helpers.h"
#include "tests/infra/ledger/postgres_world.h"

namespace flashpoll::ledger::test {
namespace {

using flashpoll::test::PrivatePostgres;

void refuses(PostgresWorld& world, const char* name) {
  CHECK_THROWS_WITH_AS((void)world.open(), doctest::Contains(name), Misconfigured);
}

}  // namespace

TEST_CASE("a server that could lose an acknowledged record is refused, and the setting named") {
  PrivatePostgres server;
  PostgresWorld world(server);
  CHECK_NOTHROW((void)world.open());
  for (const std::string setting : {"fsync", "full_page_writes"}) {
    server.set(setting + "=off");
    server.restart();
    refuses(world, setting.c_str());
    server.set(setting + "=on");
    server.restart();
    CHECK_NOTHROW((void)world.open());
  }
  server.stop();
  CHECK_THROWS_AS((void)world.open(), Unavailable);
}

TEST_CASE("unlogged tables, a missing head and another number of partitions are refused") {
  PostgresWorld world;
  for (const std::string table : {"ledger.heads", "ledger.segments", "ledger.writers"}) {
    world.meddle("ALTER TABLE " + table + " SET UNLOGGED");
    refuses(world, table.c_str());
    world.meddle("ALTER TABLE " + table + " SET LOGGED");
  }
  CHECK_THROWS_WITH_AS(PostgresLedger(world.target, 4, world.quiet),
                       doctest::Contains("partitions"), Misconfigured);
  world.meddle("DELETE FROM ledger.heads WHERE partition = 1");
  refuses(world, "a row of ledger.heads is missing");
}

TEST_CASE("each check is told, not only the first that fails") {
  PostgresWorld world;
  world.meddle("ALTER TABLE ledger.writers SET UNLOGGED");
  pg::Connection connection(world.target);
  std::string told;
  for (const auto& finding : look_at_postgres_ledger(connection, 4)) {
    told += finding.name + (finding.state == runtime::Finding::State::ok ? " " : "! ");
  }
  CHECK(told == "fsync full_page_writes primary tables! partitions! ");
}

TEST_CASE("a database without a ledger is refused") {
  const pg::Target empty{PrivatePostgres::shared().create_database(), "ledger_test"};
  PostgresWorld world;
  CHECK_THROWS_WITH_AS(PostgresLedger(empty, 3, world.quiet), doctest::Contains("no ledger"),
                       Misconfigured);
}

TEST_CASE("several processes create the ledger at once: it is created once") {
  const pg::Target target{PrivatePostgres::shared().create_database(), "ledger_test"};
  {
    std::vector<std::jthread> processes;
    for (int i = 0; i < 4; ++i) {
      processes.emplace_back([&, i] { create_postgres_ledger(target, i % 2 == 0 ? 5 : 7); });
    }
  }
  const auto partitions = pg::Connection(target).exec("SELECT count(*) FROM ledger.heads");
  CHECK((partitions.integer(0, 0) == 5 || partitions.integer(0, 0) == 7));
}

TEST_CASE("a gap is corrupt, at the start and while reading") {
  PostgresWorld world;
  const auto ledger = world.open();
  for (const char* value : {"a", "b", "c"}) append(*ledger, {{1, "k", value}});
  const auto tail = ledger->tail({{1, 0}});
  CHECK(read_records(*tail, 3).size() == 3);
  world.meddle("DELETE FROM ledger.segments WHERE partition = 1 AND first_offset = 1");
  CHECK_THROWS_AS((void)ledger->tail({{1, 1}})->read(10, kNow), Corrupt);
  CHECK_THROWS_AS((void)ledger->tail({{1, 0}})->read(10, kNow), Corrupt);
  // The other one is past the gap; a head without its segment is found by the look every 250 ms.
  world.meddle("UPDATE ledger.heads SET next_offset = 9 WHERE partition = 1");
  CHECK_THROWS_AS((void)tail->read(10, kLong), Corrupt);
}

TEST_CASE("a damaged segment is corrupt, and moves no position") {
  PostgresWorld world;
  const auto ledger = world.open();
  append(*ledger, {{1, "k", "value"}});
  const auto tail = ledger->tail({{1, 0}});
  world.meddle("UPDATE ledger.segments SET payload = substr(payload, 1, length(payload) - 1)");
  CHECK_THROWS_AS((void)tail->read(10, kNow), Corrupt);
  CHECK_THROWS_AS((void)tail->read(10, kNow), Corrupt);
}

TEST_CASE("imported records keep their times") {
  PostgresWorld world;
  const auto ledger = world.open();
  SegmentWriter segment;
  segment.add("k", "old", 12'345);
  segment.add("k", "older", 345);
  pg::Connection(world.target)
      .exec(
          "WITH head AS (UPDATE ledger.heads SET next_offset = 2 WHERE partition = 2) "
          "INSERT INTO ledger.segments VALUES (2, 0, 2, 99999, $1)",
          pg::Params().bytea(segment.bytes()));
  const auto tail = ledger->tail({{2, 0}});
  const auto records = read_records(*tail, 2);
  REQUIRE(records.size() == 2);
  CHECK(records[0].append_time_ms == 12'345);
  CHECK(records[1].append_time_ms == 345);
}

}  // namespace flashpoll::ledger::test
