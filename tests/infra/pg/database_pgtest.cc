#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "infra/pg/database.h"
#include "infra/pg/migrate.h"
#include "infra/pg/pool.h"
#include "infra/pg/schemas.h"
#include "tests/infra/pg/fresh_database.h"

namespace flashpoll::pg {
namespace {

using test::fresh_database;

int one(pqxx::transaction_base& transaction, const std::string& sql) {
  return transaction.exec(sql)[0][0].as<int>();
}

int count(const Target& target, const std::string& table) {
  return Database(target).read(
      [&](auto& transaction) { return one(transaction, "SELECT count(*) FROM " + table); });
}

}  // namespace

TEST_CASE("write commits when its work returns, and only then") {
  const Target target = fresh_database();
  Database database(target);
  database.write([](pqxx::work& work) { work.exec("CREATE TABLE t (x int)"); });
  const int added = database.write([](pqxx::work& work) {
    return static_cast<int>(work.exec("INSERT INTO t VALUES (1), (2)").affected_rows());
  });
  CHECK(added == 2);
  CHECK_THROWS_AS(database.write([](pqxx::work& work) {
    work.exec("INSERT INTO t VALUES (3)");
    throw std::logic_error("the work's own");
  }),
                  std::logic_error);
  CHECK(count(target, "t") == 2);
}

TEST_CASE("sessions are durable, READ COMMITTED, named, with URLs too, and prepared") {
  const std::string text = fresh_database().connection;
  const auto host = text.substr(5, text.find(' ') - 5);
  const auto name = text.substr(text.rfind('=') + 1);
  std::string encoded;
  for (const char c : host) encoded += c == '/' ? "%2F" : std::string(1, c);
  for (const std::string& connection :
       {text, "postgresql:///" + name + "?user=postgres&host=" + encoded}) {
    Database database({connection, "it's me"}, [](pqxx::connection& session) {
      session.prepare("twice", "SELECT 2 * $1::int");
    });
    database.plain([](pqxx::nontransaction& plain) {
      CHECK(plain.exec("SHOW synchronous_commit")[0][0].as<std::string>() == "on");
      CHECK(plain.exec("SHOW transaction_isolation")[0][0].as<std::string>() == "read committed");
      CHECK(plain.exec("SHOW application_name")[0][0].as<std::string>() == "it's me");
      CHECK(plain.exec_prepared("twice", 21)[0][0].as<int>() == 42);
    });
  }
}

TEST_CASE("read cannot write") {
  Database database(fresh_database());
  CHECK_THROWS(database.read([](auto& transaction) { transaction.exec("CREATE TABLE t ()"); }));
}

TEST_CASE("a lost connection is told, never silently replaced, and the next call has a new one") {
  const Target target = fresh_database();
  Database database(target, [](pqxx::connection& session) { session.prepare("p", "SELECT 7"); });
  const auto prepared = [&] {
    return database.read(
        [](auto& transaction) { return transaction.exec_prepared("p")[0][0].template as<int>(); });
  };
  CHECK(prepared() == 7);
  test::end_sessions(target);
  CHECK_THROWS_AS((void)prepared(), Unavailable);
  CHECK(prepared() == 7);
  test::end_sessions(target);
  CHECK_THROWS_AS(database.plain([](auto& plain) { plain.exec("SELECT 1"); }), InDoubt);
  CHECK(prepared() == 7);
  CHECK_THROWS_AS((void)Database({"host=/nowhere", "t"}).read([](auto&) { return 1; }),
                  Unavailable);
}

TEST_CASE("faults of statements are translated, those of deadlines too") {
  Database database(fresh_database());
  try {
    database.write([](pqxx::work& work) { work.exec("SELECT 1 / 0"); });
    FAIL("no fault");
  } catch (const StatementFailed& fault) {
    CHECK(fault.sqlstate == "22012");
  }
  CHECK_THROWS_AS(database.write([](pqxx::work& work) {
    work.exec("SET LOCAL statement_timeout = 50");
    work.exec("SELECT pg_sleep(20)");
  }),
                  Unavailable);
  CHECK(database.read([](auto& transaction) { return one(transaction, "SELECT 5"); }) == 5);
}

TEST_CASE("a pool gives each thread a connection, and refuses beyond its bound") {
  const Target target = fresh_database();
  Pool pool(target, 2, {}, std::chrono::milliseconds(100));
  const auto nested = [&] {
    return pool.read([&](auto& first) {
      return one(first, "SELECT 1") + pool.read([&](auto& second) {
        CHECK_THROWS_AS((void)pool.read([](auto&) { return 0; }), Overloaded);
        return one(second, "SELECT 10");
      });
    });
  };
  CHECK(nested() == 11);
  pool.write([](pqxx::work& work) { work.exec("CREATE TABLE t (x int)"); });
  Pool patient(target, 2, {}, std::chrono::seconds(20));
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        patient.write([i](pqxx::work& work) {
          work.exec("INSERT INTO t VALUES (" + std::to_string(i) + ")");
        });
      });
    }
  }
  CHECK(count(target, "t") == 6);
}

TEST_CASE("migrations are applied once, by one of several, and must not change afterwards") {
  const Target target = fresh_database();
  const std::vector<SqlObject> first = {
      {"t/001.sql", "CREATE TABLE m (x int); INSERT INTO m VALUES (1);"}};
  std::vector<SqlObject> second = first;
  second.push_back({"t/002.sql", "INSERT INTO m VALUES (2); -- 'quoted' \\ $1"});
  migrate(target, first);
  {
    std::vector<std::jthread> nodes;
    for (int i = 0; i < 4; ++i) nodes.emplace_back([&] { migrate(target, second); });
  }
  CHECK(count(target, "m") == 2);
  CHECK(count(target, "checkpoints.migrations") == 2);
  second[1].text = "INSERT INTO m VALUES (3)";
  CHECK_THROWS_WITH_AS(migrate(target, second), doctest::Contains("t/002.sql"), Corrupt);
  second[1] = {"t/003.sql", "INSERT INTO m VALUES (4); SELECT nonsense;"};
  CHECK_THROWS_AS(migrate(target, second), StatementFailed);
  CHECK(count(target, "m") == 2);
  CHECK(count(target, "checkpoints.migrations") == 2);
}

TEST_CASE("the embedded schemas apply to an empty database, twice") {
  const Target target = fresh_database();
  for (int i = 0; i < 2; ++i) {
    migrate(target, schemas::checkpoint_objects());
    migrate(target, schemas::ledger_objects());
  }
  CHECK(count(target, "ledger.heads") == 0);
  CHECK(count(target, "checkpoints.manifests") == 0);
}

}  // namespace flashpoll::pg
