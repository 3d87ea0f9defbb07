#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "tests/support/private_postgres.h"

namespace flashpoll::test {
namespace {

/// What psql prints, so that the fixture is judged by somebody else's client.
std::string ask(const std::string& connection, const std::string& sql) {
  const std::string command = "psql -qAtX \"" + connection + "\" -c \"" + sql + "\" 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  std::string text;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) text += static_cast<char>(c);
  pclose(pipe);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

TEST_CASE("a private server keeps what is committed over a restart and over a crash") {
  std::string directory;
  {
    PrivatePostgres server;
    directory = server.directory();
    CHECK(directory.size() < 60);
    const std::string database = server.create_database();
    CHECK(ask(database, "SHOW fsync") == "on");
    CHECK(ask(database, "SHOW full_page_writes") == "on");
    CHECK(ask(database, "CREATE TABLE t (x int)").empty());
    server.restart();
    CHECK(ask(database, "INSERT INTO t VALUES (7)").empty());
    server.kill9();
    CHECK(ask(database, "SELECT x FROM t") != "7");
    server.set("work_mem=3MB");
    server.start();
    CHECK(ask(database, "SELECT x FROM t") == "7");
    CHECK(ask(database, "SHOW work_mem") == "3MB");
  }
  CHECK_FALSE(std::filesystem::exists(directory));
}

TEST_CASE("a server that cannot start says why") {
  PrivatePostgres server;
  server.stop();
  server.set("wal_level=nonsense");
  CHECK_THROWS_WITH_AS(server.start(), doctest::Contains("wal_level"), std::runtime_error);
}

}  // namespace flashpoll::test
