#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "infra/pg/binary.h"
#include "infra/pg/connection.h"
#include "tests/infra/pg/fresh_database.h"

namespace flashpoll::pg {
namespace {

using std::chrono::milliseconds;
using test::fresh_database;
using Clock = std::chrono::steady_clock;

std::string show(Connection& connection, const std::string& setting) {
  return std::string(connection.exec("SHOW " + setting).bytes(0, 0));
}

}  // namespace

TEST_CASE("a session is durable, READ COMMITTED, and named") {
  const Target target = fresh_database();
  Connection(target).exec(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', "
      "current_database()); END $$");
  Connection connection(target);
  CHECK(show(connection, "synchronous_commit") == "on");
  CHECK(show(connection, "transaction_isolation") == "read committed");
  CHECK(show(connection, "application_name") == "pg_test");
  CHECK(connection.exec("SELECT pg_backend_pid()").integer(0, 0) == connection.backend_pid());
}

TEST_CASE("every kind of parameter arrives as it was sent") {
  Connection connection(fresh_database());
  const std::string bytes("\0\xff'\\", 4);
  const std::vector<std::int32_t> integers = {1, -2, 2'147'483'647};
  const std::vector<std::int64_t> bigints = {-1, INT64_MIN, INT64_MAX};
  const std::vector<std::string_view> texts = {"", "ä,{}\"", "NULL"};
  const std::vector<std::string_view> byteas = {bytes, ""};
  for (const Format format : {Format::text, Format::binary}) {
    const Result row = connection.exec(
        "SELECT $1 AND true, $2 + 0, $3 + 0, $4 || '', length($5), $6::int[] = "
        "'{1,-2,2147483647}', $7::bigint[] = "
        "'{-1,-9223372036854775808,9223372036854775807}', $8::text[] = "
        "ARRAY['', 'ä,{}\"', 'NULL'], $9::bytea[] = ARRAY['\\x00ff275c'::bytea, ''], $10::int",
        Params()
            .boolean(true)
            .integer(-5)
            .bigint(INT64_MIN)
            .text("ä")
            .bytea(bytes)
            .integers(integers)
            .bigints(bigints)
            .texts(texts)
            .byteas(byteas)
            .null(),
        format);
    CHECK(row.rows() == 1);
    CHECK(row.columns() == 10);
    const std::string yes = format == Format::text ? "t" : "\1";
    CHECK(row.bytes(0, 0) == yes);
    CHECK(row.integer(0, 1) == -5);
    CHECK(row.integer(0, 2) == INT64_MIN);
    CHECK(row.bytes(0, 3) == "ä");
    CHECK(row.integer(0, 4) == 4);
    for (int column = 5; column < 9; ++column) CHECK(row.bytes(0, column) == yes);
    CHECK(row.is_null(0, 9));
    CHECK_THROWS_AS((void)row.integer(0, 9), Corrupt);
  }
}

TEST_CASE("empty arrays, small integers and prepared statements") {
  Connection connection(fresh_database());
  const std::vector<std::int64_t> none;
  connection.prepare("sum", "SELECT coalesce(sum(x), -1)::smallint FROM unnest($1) AS t (x)",
                     Params().bigints(none));
  const std::vector<std::int64_t> some = {-300, 1};
  CHECK(connection.exec_prepared("sum", Params().bigints(none), Format::binary).integer(0, 0) ==
        -1);
  CHECK(connection.exec_prepared("sum", Params().bigints(some), Format::binary).integer(0, 0) ==
        -299);
}

TEST_CASE("a refused statement says its state and leaves the session usable") {
  Connection connection(fresh_database());
  try {
    connection.exec("SELECT 1 / 0");
    FAIL("no fault");
  } catch (const StatementFailed& fault) {
    CHECK(fault.sqlstate == "22012");
  }
  CHECK_THROWS_AS(connection.exec("SELECT 1; SELECT nonsense; SELECT 2"), StatementFailed);
  CHECK(connection.exec("SELECT 1; SELECT 2").integer(0, 0) == 2);
  CHECK_THROWS_AS(connection.exec("SET statement_timeout = 50; SELECT pg_sleep(10)"), Unavailable);
  CHECK(connection.usable());
}

TEST_CASE("a transaction that may idle for a while only gives its locks back") {
  const Target target = fresh_database();
  Connection frozen(target);
  Connection other(target);
  other.exec("CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
  {
    const Transaction transaction(frozen, milliseconds(100));
    frozen.exec("SELECT * FROM t FOR UPDATE");
    CHECK(other.exec("UPDATE t SET n = 2").affected() == 1);
    CHECK_THROWS_AS(frozen.exec("UPDATE t SET n = 3"), Unavailable);
    CHECK_FALSE(frozen.usable());
  }
  CHECK(other.exec("SELECT n FROM t").integer(0, 0) == 2);
}

TEST_CASE("COPY takes binary rows, also large ones, and says what is wrong") {
  Connection connection(fresh_database());
  connection.exec(
      "CREATE TABLE t (a int, b bigint, c text, d bytea, e bigint[], f boolean, g smallint)");
  const std::vector<std::int64_t> numbers = {1, 2};
  CopyRows rows;
  const std::string large(100'000, 'x');
  for (int i = 0; i < 100; ++i) {
    rows.row(7).integer(i).bigint(-i).bytes("text").bytes(large).bytes(bigint_array(numbers));
    rows.boolean(i % 2 == 0);
    if (i == 50) {
      rows.null();
    } else {
      rows.smallint(7);
    }
  }
  CHECK(rows.rows() == 100);
  const std::string copy = "COPY t FROM STDIN (FORMAT binary)";
  CHECK(connection.copy_in(copy, std::move(rows).finish()) == 100);
  const Result sums = connection.exec(
      "SELECT sum(a), sum(b), sum(length(d)), sum(e[2]), sum(g), count(*) FILTER (WHERE f) FROM t");
  const std::vector<std::int64_t> expected = {4'950, -4'950, 10'000'000, 200, 693, 50};
  for (int i = 0; i < 6; ++i) {
    CHECK(sums.integer(0, i) == expected[static_cast<std::size_t>(i)]);
  }
  CHECK(connection.copy_in("COPY t (a, c) FROM STDIN", "1\tone\n2\ttwo\n") == 2);
  CHECK_THROWS_AS(connection.copy_in("COPY nothing FROM STDIN", "1\n"), StatementFailed);
  CHECK_THROWS_AS(connection.copy_in("COPY t (a) FROM STDIN", "one\n"), StatementFailed);
  CHECK_THROWS_AS(connection.copy_in("SELECT 1", "1\n"), StatementFailed);
  CHECK(connection.exec("SELECT count(*) FROM t").integer(0, 0) == 102);
}

TEST_CASE("a transaction that is not committed leaves nothing") {
  Connection connection(fresh_database());
  connection.exec("CREATE TABLE t (x int)");
  {
    const Transaction transaction(connection);
    connection.exec("INSERT INTO t VALUES (1)");
  }
  {
    Transaction transaction(connection);
    CHECK_THROWS_AS(connection.exec("SELECT nonsense"), StatementFailed);
    // PostgreSQL answers such a COMMIT with ROLLBACK and no error.
    CHECK_THROWS_AS(transaction.commit(), StatementFailed);
  }
  Transaction transaction(connection);
  connection.exec("INSERT INTO t VALUES (2)");
  transaction.commit();
  CHECK(connection.exec("SELECT sum(x) FROM t").integer(0, 0) == 2);
}

TEST_CASE("a lost session, and one that does not answer in time, are in doubt and unusable") {
  const Target target = fresh_database();
  Connection lost(target);
  test::end_sessions(target);
  CHECK_THROWS_AS(lost.exec("SELECT 1"), InDoubt);
  CHECK_FALSE(lost.usable());
  CHECK_THROWS_AS(lost.exec("SELECT 1"), Unavailable);

  Connection slow(target);
  slow.set_limit(milliseconds(100));
  const auto began = Clock::now();
  CHECK_THROWS_AS(slow.exec("SELECT pg_sleep(30)"), InDoubt);
  CHECK(Clock::now() - began < milliseconds(10'000));
  CHECK_FALSE(slow.usable());
  CHECK_THROWS_AS(Connection({"host=/nowhere dbname=x", "t"}), Unavailable);
}

TEST_CASE("notifications come while waiting, and those that came meanwhile") {
  const Target target = fresh_database();
  Connection listener(target);
  Connection teller(target);
  runtime::Wake wake;
  listener.exec("LISTEN news");
  CHECK(listener.notifications(milliseconds(0), &wake).empty());
  {
    const std::jthread later([&] { teller.exec("NOTIFY news, 'one'"); });
    const auto came = listener.notifications(milliseconds(20'000), &wake);
    REQUIRE(came.size() == 1);
    CHECK(came[0].channel == "news");
    CHECK(came[0].payload == "one");
  }
  teller.exec("NOTIFY news, 'two'");
  listener.exec("SELECT 1");
  CHECK(listener.notifications(milliseconds(20'000), nullptr).size() == 1);
  const auto began = Clock::now();
  {
    const std::jthread waker([&] { wake.signal(); });
    CHECK(listener.notifications(milliseconds(20'000), &wake).empty());
  }
  CHECK(Clock::now() - began < milliseconds(10'000));
  CHECK(wake.take());
  CHECK_FALSE(wake.take());
  test::end_sessions(target);
  CHECK_THROWS_AS((void)listener.notifications(milliseconds(20'000), &wake), Unavailable);
}

}  // namespace flashpoll::pg
