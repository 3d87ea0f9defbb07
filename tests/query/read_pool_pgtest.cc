#include <doctest/doctest.h>

#include <future>

#include "infra/runtime/fault.h"
#include "query/read_pool.h"
#include "tests/query/read_fixture.h"
#include "tests/support/private_postgres.h"

namespace flashpoll::query::test {
namespace {

using Outcome = std::future<std::string>;

/// What came of a job: "done", or the fault's text.
Outcome submit(ReadPool& pool, std::function<void(ReadTables&)> work) {
  const auto outcome = std::make_shared<std::promise<std::string>>();
  pool.submit(
      [outcome, work](ReadTables& tables) {
        work(tables);
        outcome->set_value("done");
      },
      [outcome](const std::exception_ptr& fault) {
        try {
          std::rethrow_exception(fault);
        } catch (const Unavailable&) {
          outcome->set_value("unavailable");
        } catch (const std::exception& other) {
          outcome->set_value(other.what());
        }
      });
  return outcome->get_future();
}

std::string soon(Outcome outcome) {
  REQUIRE(outcome.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  return outcome.get();
}

TEST_CASE("a full queue refuses, a stopped pool fails what waits") {
  ReadFixture fixture;
  ReadPool pool({.target = {fixture.database, "test"}, .threads = 1, .queue = 2}, fixture.log);
  std::promise<void> entered;
  std::promise<void> gate;
  auto open = gate.get_future().share();
  Outcome busy = submit(pool, [&](ReadTables&) {
    entered.set_value();
    open.wait();
  });
  REQUIRE(entered.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  Outcome first = submit(pool, [](ReadTables&) {});
  Outcome second = submit(pool, [](ReadTables&) {});
  CHECK_THROWS_AS(submit(pool, [](ReadTables&) {}), Overloaded);
  auto stopping = std::async(std::launch::async, [&] { pool.stop(); });
  // What is queued fails, or is still done, while the busy one ends as it wants.
  gate.set_value();
  CHECK(soon(std::move(busy)) == "done");
  stopping.get();
  CHECK_THROWS_AS(submit(pool, [](ReadTables&) {}), Unavailable);
  for (Outcome* queued : {&first, &second}) {
    const std::string outcome = soon(std::move(*queued));
    CHECK((outcome == "done" || outcome == "unavailable"));
  }
}

TEST_CASE("a job sees one moment, in the tables that are in force") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  fixture.write(poll);
  const events::PollId id = poll.row.settings.poll;
  fixture.create_read_tables("read_2");
  TestPoll rebuilt = poll;
  fixture.cast(rebuilt, {}, {0});
  fixture.write(rebuilt, "read_2");
  std::vector<std::uint64_t> seqs;
  const auto read = [&](ReadTables& tables) {
    seqs.push_back(tables.poll(id).value().latest.seq.value);
  };
  const auto around_the_switch = [&](ReadTables& tables) {
    read(tables);
    fixture.sql("UPDATE checkpoints.read_pointer SET schema_name = 'read_2', former = 'read_1'");
    read(tables);
  };
  CHECK(soon(submit(*fixture.pool, around_the_switch)) == "done");
  CHECK(soon(submit(*fixture.pool, read)) == "done");
  CHECK(seqs == std::vector<std::uint64_t>{0, 0, 1});
}

TEST_CASE("reads fail while PostgreSQL is away, and go on with it") {
  flashpoll::test::PrivatePostgres& server = flashpoll::test::PrivatePostgres::shared();
  ReadFixture fixture;
  const TestPoll poll = fixture.opened();
  fixture.write(poll);
  const std::string target = poll.path("/results");
  CHECK(fixture.get(target).status == 200);
  server.restart();
  // Both connections broke while idle; nobody notices.
  for (int i = 0; i < 6; ++i) {
    fixture.latest->notified_all();
    CHECK(fixture.get(target).status == 200);
  }
  server.stop();
  CHECK(fixture.get(target).status == 200);  // nothing says that it is not true any more
  fixture.clock.advance(1'000);
  const Answer away = fixture.get(target);
  CHECK(away.status == 503);
  CHECK(away.body.find("\"code\":\"not_ready\"") != std::string::npos);
  CHECK_FALSE(away.header("Retry-After").empty());
  server.start();
  CHECK(fixture.get(target).status == 200);
}

TEST_CASE("a statement that takes too long is given up") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  fixture.write(poll);
  ReadPool pool({.target = {fixture.database, "test"},
                 .threads = 1,
                 .statement_timeout = std::chrono::milliseconds(50)},
                fixture.log);
  pqxx::connection connection(fixture.database);
  pqxx::work lock(connection);
  lock.exec("LOCK TABLE read_1.polls IN ACCESS EXCLUSIVE MODE");
  const auto read = [&](ReadTables& tables) { (void)tables.poll(poll.row.settings.poll); };
  CHECK(soon(submit(pool, read)) == "unavailable");
  lock.abort();
  CHECK(soon(submit(pool, read)) == "done");
}

}  // namespace
}  // namespace flashpoll::query::test
