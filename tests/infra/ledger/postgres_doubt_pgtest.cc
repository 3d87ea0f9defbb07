#include <doctest/doctest.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/postgres_writer.h"
#include "infra/runtime/fault.h"
#include "tests/contract/ledger_helpers.h"
#include "tests/infra/ledger/postgres_world.h"

namespace flashpoll::ledger::test {
namespace {

using flashpoll::test::PrivatePostgres;
using std::chrono::milliseconds;

Segments batch_of(const std::string& value) {
  Segments batch;
  batch[0].add("k", value);
  batch[2].add("k", value);
  return batch;
}

constexpr const char* kRecords = "SELECT coalesce(sum(count), 0) FROM ledger.segments";

/// Somebody holds a head, so appends hang inside their statement.
struct HeldHead {
  explicit HeldHead(const pg::Target& target) : connection(target) {
    connection.exec("BEGIN; SELECT FROM ledger.heads WHERE partition = 0 FOR UPDATE");
  }
  void release() { connection.exec("COMMIT"); }
  pg::Connection connection;
};

/// The pid of a session but `not_pid` that waits for a lock.
int wait_for_waiter(const PostgresWorld& world, int not_pid = 0) {
  const auto until = std::chrono::steady_clock::now() + kLong;
  while (std::chrono::steady_clock::now() < until) {
    const auto pid = world.number(
        "SELECT coalesce(min(pid), 0) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND datname = current_database() AND pid <> " +
        std::to_string(not_pid));
    if (pid != 0) return static_cast<int>(pid);
    std::this_thread::yield();
  }
  FAIL("nobody waits for a lock");
  return 0;
}

}  // namespace

TEST_CASE("a batch in doubt that goes through late is in once, and its number is used up") {
  PostgresWorld world;
  PostgresWriter writer(world.target);
  CHECK(writer.send(batch_of("first"), milliseconds(5'000)).at(2).offset == 0);
  HeldHead head(world.target);
  CHECK_THROWS_AS((void)writer.send(batch_of("second"), milliseconds(300)), pg::InDoubt);
  CHECK(writer.in_doubt());
  const int lost = wait_for_waiter(world);
  Landed landed{{7, {}}};
  {
    const std::jthread again(
        [&] { landed = writer.send(batch_of("second"), milliseconds(20'000)); });
    wait_for_waiter(world, lost);
    head.release();
  }
  CHECK_FALSE(writer.in_doubt());
  // Either the lost one committed (nobody tells where) or was dropped and the second one did.
  if (!landed.empty()) CHECK(landed.at(0).offset == 1);
  CHECK(world.number(kRecords) == 4);
  CHECK(writer.send(batch_of("third"), milliseconds(5'000)).at(0).offset == 2);
  CHECK(world.number(kRecords) == 6);
  CHECK(world.number("SELECT last_seq FROM ledger.writers") == 3);
}

TEST_CASE("the fence lets a number in once, however often it is sent") {
  PostgresWorld world;
  PostgresWriter writer(world.target);
  (void)writer.send(batch_of("first"), milliseconds(5'000));
  // As if the answer to the second batch had been lost after its commit.
  world.meddle("UPDATE ledger.writers SET last_seq = 2");
  CHECK(writer.send(batch_of("second"), milliseconds(5'000)).empty());
  CHECK(world.number(kRecords) == 2);
  // A row that nobody but this writer changes says something else: stop.
  world.meddle("UPDATE ledger.writers SET last_seq = 7");
  CHECK_THROWS_AS((void)writer.send(batch_of("third"), milliseconds(5'000)), Corrupt);
  CHECK(world.number(kRecords) == 2);
}

TEST_CASE("without its writer row a ledger takes nothing any more, and says why") {
  PostgresWorld world;
  const auto ledger = world.open();
  append(*ledger, {{0, "k", "v"}});
  world.meddle("DELETE FROM ledger.writers");
  CHECK(append(*ledger, {{0, "k", "v"}})[0].status == AppendStatus::in_doubt);
  const auto until = std::chrono::steady_clock::now() + kLong;
  while (ledger->append({{0, "k", "v"}}, [](auto) {})) {
    REQUIRE(std::chrono::steady_clock::now() < until);
  }
  CHECK_THROWS_WITH_AS((void)ledger->ends(kLong), doctest::Contains("writers"), Corrupt);
  CHECK(world.number(kRecords) == 1);
}

TEST_CASE("a hanging append is reported in doubt in time, and nothing overtakes it") {
  PostgresWorld world;
  PostgresLedgerLimits limits;
  limits.retry_for = milliseconds(700);
  const auto ledger = world.open(limits);
  append(*ledger, {{0, "k", "warm"}});
  HeldHead head(world.target);
  const auto began = std::chrono::steady_clock::now();
  auto hangs = start_append(*ledger, {{0, "k", "hangs"}});
  wait_for_waiter(world);
  auto behind = start_append(*ledger, {{1, "k", "behind"}});
  CHECK(hangs.get()[0].status == AppendStatus::in_doubt);
  CHECK(std::chrono::steady_clock::now() - began < milliseconds(3'000));
  CHECK(behind.get()[0].status == AppendStatus::not_appended);
  CHECK(world.number(kRecords) == 1);
  head.release();
  const auto tail = ledger->tail(from_start(*ledger));
  CHECK(values_of(read_records(*tail, 2)) == std::vector<std::string>{"warm", "hangs"});
  CHECK(append(*ledger, {{1, "k", "after"}})[0].status == AppendStatus::appended);
  CHECK(values_of(read_records(*tail, 1)) == std::vector<std::string>{"after"});
}

TEST_CASE("a restart of PostgreSQL below the time limit is not noticed by who appends") {
  PrivatePostgres server;
  PostgresWorld world(server);
  const auto ledger = world.open({.retry_for = milliseconds(20'000)});
  append(*ledger, {{0, "k", "before"}});
  const auto tail = ledger->tail(from_start(*ledger));
  CHECK(read_records(*tail, 1).size() == 1);
  for (const bool crash : {false, true}) {
    if (crash) {
      server.kill9();
    } else {
      server.stop();
    }
    auto meanwhile = start_append(*ledger, {{0, "k", crash ? "crash" : "stop"}});
    CHECK_THROWS_AS((void)tail->read(10, milliseconds(2'000)), Unavailable);
    CHECK(meanwhile.wait_for(kNow) == std::future_status::timeout);
    server.start();
    CHECK(meanwhile.get()[0].status == AppendStatus::appended);
  }
  std::vector<std::string> values;
  const auto until = std::chrono::steady_clock::now() + kLong;
  while (values.size() < 2 && std::chrono::steady_clock::now() < until) {
    try {
      for (const Record& record : tail->read(10, milliseconds(200))) {
        values.emplace_back(record.value);
      }
    } catch (const Unavailable&) {
      continue;
    }
  }
  CHECK(values == std::vector<std::string>{"stop", "crash"});
}

TEST_CASE(
    "while PostgreSQL is away entries are not appended after the limit, and the end comes soon") {
  PrivatePostgres server;
  PostgresWorld world(server);
  auto ledger = world.open({.retry_for = milliseconds(300)});
  append(*ledger, {{0, "k", "before"}});
  server.stop();
  // The first one finds out that the connection is gone, so it may have been sent.
  (void)append(*ledger, {{0, "k", "finds out"}});
  CHECK_THROWS_AS((void)ledger->ends(milliseconds(500)), Unavailable);
  std::vector<std::future<Results>> all;
  for (int i = 0; i < 20; ++i) all.push_back(start_append(*ledger, {{0, "k", "never"}}));
  const auto began = std::chrono::steady_clock::now();
  for (auto& one : all) CHECK(one.get()[0].status == AppendStatus::not_appended);
  CHECK(std::chrono::steady_clock::now() - began < milliseconds(3'000));
  auto last = start_append(*ledger, {{0, "k", "never"}});
  const auto end = std::chrono::steady_clock::now();
  ledger.reset();
  CHECK(std::chrono::steady_clock::now() - end < milliseconds(5'000));
  CHECK(last.get()[0].status == AppendStatus::not_appended);
  server.start();
  CHECK(world.number("SELECT count(*) FROM ledger.segments WHERE position('never' IN "
                     "encode(payload, 'escape')) > 0") == 0);
}

}  // namespace flashpoll::ledger::test
