#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "infra/pg/binary.h"
#include "infra/pg/connection.h"
#include "infra/runtime/fault.h"
#include "tests/infra/pg/fresh_database.h"

namespace flashpoll::pg {

using test::fresh_database;

TEST_CASE("COPY gives rows as they were put in, and what its reader throws ends the connection") {
  Connection connection(fresh_database());
  connection.exec("CREATE TABLE t (a bigint, b bigint, c text, d bytea)");
  CopyRows rows;
  for (std::int64_t i = 0; i < 1'000; ++i) {
    rows.row(4).bigint(i).bigint(-i);
    i % 3 == 0 ? rows.null() : rows.bytes(std::string(static_cast<std::size_t>(i), 'x'));
    rows.bytes(i % 2 == 0 ? "\3\1" : "");
  }
  const std::string sent = std::move(rows).finish();
  connection.copy_in("COPY t FROM STDIN (FORMAT binary)", sent);
  const std::string copy = "COPY (SELECT * FROM t ORDER BY a) TO STDOUT (FORMAT binary)";
  std::string came;
  connection.copy_out(copy, [&came](std::string_view piece) { came += piece; });
  CHECK(came == sent);
  CHECK_THROWS_AS(connection.copy_out("COPY nothing TO STDOUT", [](auto) {}), StatementFailed);
  CHECK_THROWS_AS(connection.copy_out("COPY (SELECT 1 / (500 - a) FROM t) TO STDOUT", [](auto) {}),
                  StatementFailed);
  CHECK(connection.exec("SELECT 1").integer(0, 0) == 1);
  CHECK_THROWS_AS(connection.copy_out(copy, [](auto) { throw Corrupt("enough"); }), Corrupt);
  CHECK_FALSE(connection.usable());
}

TEST_CASE("rows that are built one at a time are those of the whole data") {
  CopyRows rows;
  CopyRows one;
  std::string joined;
  for (std::int64_t i = 0; i < 3; ++i) {
    one.clear();
    for (CopyRows* copy : {&rows, &one}) copy->row(2).bigint(i).null();
    CHECK(one.rows() == 1);
    CHECK(one.last() == rows.last());
    joined += one.last();
  }
  const std::string data = std::move(rows).finish();
  CHECK(std::string_view(data).substr(19, joined.size()) == joined);
  CHECK(data.size() == 19 + joined.size() + 2);  // header and end
}

TEST_CASE("COPY data are cut into rows, whatever the pieces") {
  CopyRows rows;
  for (std::int64_t i = 0; i < 20; ++i) rows.row(3).bigint(i).bigint(i * i).bytes("some text");
  const std::string data = std::move(rows).finish();
  for (std::size_t size = 1; size <= data.size(); size = size * 2 + 1) {
    std::int64_t next = 0;
    std::size_t bytes = 0;
    CopyReader reader([&](const CopyRow& row) {
      CHECK(row.bigint(0) == next);
      CHECK(row.bigint(1) == next * next);
      CHECK_THROWS_AS((void)row.bigint(2), Corrupt);
      bytes += row.bytes().size();
      ++next;
    });
    for (std::size_t at = 0; at < data.size(); at += size) {
      CHECK_FALSE(reader.ended());
      reader.add(std::string_view(data).substr(at, size));
    }
    CHECK(reader.ended());
    CHECK(next == 20);
    CHECK(bytes == data.size() - 19 - 2);  // header and end
    CHECK_THROWS_AS(reader.add("more"), Corrupt);
  }
  CopyReader other([](const CopyRow&) {});
  CHECK_THROWS_AS(other.add("1\tone\n2\ttwo\n3\tthree\n"), Corrupt);
}

}  // namespace flashpoll::pg
