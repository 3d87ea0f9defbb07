#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/follower.h"
#include "infra/runtime/fault.h"
#include "tests/contract/ledger_helpers.h"
#include "tests/infra/ledger/postgres_world.h"

namespace flashpoll::ledger::test {
namespace {

constexpr int kAll = 2'000;

/// How many records came, or -1 when one was out of place.
int follow(Tail& tail) {
  std::vector<Offset> next(3, 0);
  int seen = 0;
  const auto until = std::chrono::steady_clock::now() + kLong;
  while (seen < kAll && std::chrono::steady_clock::now() < until) {
    try {
      for (const Record& record : tail.read(100, std::chrono::milliseconds(200))) {
        if (record.offset != next[record.partition]++) return -1;
        ++seen;
      }
    } catch (const Unavailable&) {
      continue;
    }
  }
  return seen;
}

}  // namespace

TEST_CASE("readers of one follower miss nothing while sessions are ended and others append") {
  PostgresWorld world;
  const auto ledger = world.open({.retry_for = kLong});
  append(*ledger, std::vector<Entry>(kAll / 4, Entry{0, "k", "before"}));
  Follower follower(*ledger, from_start(*ledger), world.quiet, {.batch_records = 50});
  std::vector<int> seen(3, 0);
  {
    std::vector<std::jthread> readers;
    for (int& count : seen) {
      readers.emplace_back([&] { count = follow(*follower.reader(from_start(*ledger))); });
    }
    for (int i = kAll / 4; i < kAll; i += 10) {
      const auto partition = static_cast<Partition>(i / 10 % 3);
      append(*ledger, std::vector<Entry>(10, Entry{partition, "k", "v"}));
      if (i % 500 == 0) {
        world.meddle(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()");
      }
    }
  }
  CHECK(seen == std::vector<int>(3, kAll));
}

}  // namespace flashpoll::ledger::test
