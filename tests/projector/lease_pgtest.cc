#include <doctest/doctest.h>

#include "projector/lease.h"
#include "tests/projector/read_database.h"

namespace flashpoll::test {

using projector::LeaseTable;
using projector::Partitions;

namespace {

/// A projector with the two connections that one has.
struct Projector {
  Projector(const ReadDatabase& database, std::string name)
      : name_(std::move(name)),
        keeper(database.target()),
        writer(database.target()),
        table(keeper, name_) {}
  Partitions tick() { return table.tick({.able = true, .in_use = {}}); }

  std::string name_;
  pg::Connection keeper;
  pg::Connection writer;
  LeaseTable table;
};

void expire(ReadDatabase& database, const std::string& name) {
  database.exec(
      "UPDATE checkpoints.projector_leases SET live_until = '-infinity' WHERE holder = '" + name +
      "'");
  database.exec("UPDATE checkpoints.projectors SET live_until = '-infinity' WHERE name = '" + name +
                "'");
}

}  // namespace

TEST_CASE("one projector takes all partitions and keeps them") {
  ReadDatabase database(5);
  Projector alone(database, "alone");
  CHECK(alone.tick() == Partitions{0, 1, 2, 3, 4});
  CHECK(alone.tick() == Partitions{0, 1, 2, 3, 4});
}

TEST_CASE("projectors share, each at most ceil(partitions / projectors)") {
  ReadDatabase database(5);
  Projector first(database, "first");
  Projector second(database, "second");
  CHECK(first.tick().size() == 5);
  CHECK(second.tick().empty());
  CHECK(first.tick() == Partitions{0, 1, 2});
  CHECK(second.tick() == Partitions{3, 4});
  CHECK(first.tick() == Partitions{0, 1, 2});
}

TEST_CASE("a partition in use is given away only when its writer has let go") {
  ReadDatabase database(2);
  Projector first(database, "first");
  Projector second(database, "second");
  CHECK(first.tick().size() == 2);
  CHECK(second.tick().empty());
  CHECK(first.table.tick({.able = true, .in_use = {0, 1}}) == Partitions{0});
  CHECK(second.tick().empty());
  CHECK(first.table.tick({.able = true, .in_use = {0}}) == Partitions{0});
  CHECK(second.tick() == Partitions{1});
}

TEST_CASE("an expired lease is taken and the former holder's backend ended") {
  ReadDatabase database(1);
  Projector frozen(database, "frozen");
  CHECK(frozen.tick() == Partitions{0});
  projector::stamp_backend(frozen.writer, "frozen");
  frozen.writer.exec("BEGIN; LOCK TABLE read_1.positions");
  expire(database, "frozen");

  Projector next(database, "next");
  CHECK(next.tick() == Partitions{0});
  CHECK_NOTHROW(next.writer.exec("SELECT * FROM read_1.positions FOR UPDATE"));
  CHECK_THROWS_AS(frozen.writer.exec("COMMIT"), Unavailable);
  CHECK(frozen.tick().empty());
}

TEST_CASE("each of a projector's backends is ended by who takes the partitions that it writes") {
  ReadDatabase database(3);
  Projector frozen(database, "frozen");
  CHECK(frozen.tick() == Partitions{0, 1, 2});
  pg::Connection odd(database.target());
  projector::stamp_backend(frozen.writer, "frozen", {.every = 2, .nth = 0});
  projector::stamp_backend(odd, "frozen", {.every = 2, .nth = 1});
  CHECK(database.row("SELECT array_agg(backend_pid ORDER BY partition) = ARRAY[" +
                     std::to_string(frozen.writer.backend_pid()) + "," +
                     std::to_string(odd.backend_pid()) + "," +
                     std::to_string(frozen.writer.backend_pid()) +
                     "] FROM checkpoints.projector_leases") == "t");
  frozen.writer.exec("BEGIN; SELECT FROM read_1.positions WHERE partition = 2 FOR UPDATE");
  odd.exec("BEGIN; SELECT FROM read_1.positions WHERE partition = 1 FOR UPDATE");
  expire(database, "frozen");

  Projector next(database, "next");
  CHECK(next.tick() == Partitions{0, 1, 2});
  CHECK_NOTHROW(next.writer.exec("SELECT * FROM read_1.positions FOR UPDATE"));
  CHECK_THROWS_AS(frozen.writer.exec("COMMIT"), Unavailable);
  CHECK_THROWS_AS(odd.exec("COMMIT"), Unavailable);
}

TEST_CASE("who is frozen while he renews his leases keeps them from nobody for long") {
  ReadDatabase database(1);
  // What a session may do while it holds leases' rows, as seen from inside of each change of them.
  database.exec(
      "CREATE TABLE told (idle text); CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$"
      "BEGIN INSERT INTO told SELECT current_setting('idle_in_transaction_session_timeout');"
      "RETURN new; END $$; CREATE TRIGGER told BEFORE UPDATE ON checkpoints.projector_leases "
      "FOR EACH ROW EXECUTE FUNCTION tell()");
  Projector one(database, "one");
  CHECK(one.tick() == Partitions{0});
  CHECK(one.tick() == Partitions{0});
  one.table.release_all();
  CHECK(database.row("SELECT count(*) || ' ' || string_agg(DISTINCT idle, ' ') FROM told") ==
        "4 1s");
}

TEST_CASE("a backend that has the former holder's number but another start lives on") {
  ReadDatabase database(1);
  Projector former(database, "former");
  CHECK(former.tick() == Partitions{0});
  projector::stamp_backend(former.writer, "former");
  database.exec(
      "UPDATE checkpoints.projector_leases SET backend_start = backend_start - "
      "interval '1 second'");
  expire(database, "former");
  Projector next(database, "next");
  CHECK(next.tick() == Partitions{0});
  CHECK_NOTHROW(former.writer.exec("SELECT 1"));
}

TEST_CASE("a lease that is alive is not taken, whatever the share") {
  ReadDatabase database(2);
  Projector first(database, "first");
  CHECK(first.tick().size() == 2);
  database.exec("DELETE FROM checkpoints.projectors");
  Projector second(database, "second");
  CHECK(second.tick().empty());
}

TEST_CASE("who stands by gives everything up and does not count") {
  ReadDatabase database(2);
  Projector old(database, "old");
  Projector fresh(database, "fresh");
  CHECK(old.tick().size() == 2);
  CHECK(old.table.tick({.able = false, .in_use = {}}).empty());
  CHECK(fresh.tick() == Partitions{0, 1});
}

TEST_CASE("an orderly stop frees the partitions at once, without ending anything") {
  ReadDatabase database(2);
  Projector first(database, "first");
  CHECK(first.tick().size() == 2);
  projector::stamp_backend(first.writer, "first");
  first.table.release_all();
  Projector second(database, "second");
  CHECK(second.tick() == Partitions{0, 1});
  CHECK_NOTHROW(first.writer.exec("SELECT 1"));
}

}  // namespace flashpoll::test
