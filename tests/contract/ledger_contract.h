#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/digest.h"
#include "infra/ledger/ledger.h"
#include "infra/runtime/fault.h"
#include "tests/contract/ledger_helpers.h"

/// What every ledger holds. A backend is a class, made anew for each case, with
///   std::unique_ptr<Ledger> open(std::size_t pending_entries = 65'536)
///                                      another process's ledger of 3 partitions, on one store
///   void interrupt()                   readers and writers lose the store for a moment
///   void disturb()                     the same during load: batches may end up in doubt
///   void cut(Partition, Offset)        the records from there on are gone
///   void exchange(Partition, Offset)   that record has another value
/// Run all of it with `LEDGER_CONTRACT(Backend)`. Load has a file of its own.
namespace flashpoll::ledger::test {

inline constexpr Partition kPartitions = 3;

TEST_CASE_TEMPLATE_DEFINE("entries are read as they were appended, in order", Backend, order) {
  Backend backend;
  const auto ledger = backend.open();
  CHECK(ledger->partitions() == kPartitions);
  CHECK(ledger->ends(kLong) == std::vector<Offset>(kPartitions, 0));
  const std::string bytes("\0\xff\n", 3);
  const std::string large(65'536, 'x');
  const auto results = append(
      *ledger, {{0, "a", "1"}, {2, "b", bytes}, {0, "", "2"}, {2, "c", ""}, {2, "d", large}});
  REQUIRE(results.size() == 5);
  for (const AppendResult& result : results) CHECK(result.status == AppendStatus::appended);
  const auto records = read_records(*ledger->tail(from_start(*ledger)), 5);
  std::map<Partition, std::vector<std::string>> seen;
  for (const OwnedRecord& record : records) seen[record.partition].push_back(record.value);
  CHECK(seen[0] == std::vector<std::string>{"1", "2"});
  CHECK(seen[2] == std::vector<std::string>{bytes, "", large});
  for (const OwnedRecord& record : records) {
    CHECK(record.append_time_ms > 1'500'000'000'000);
    if (record.value == "1") CHECK(record.key == "a");
    if (record.value == "1" && results[0].offset) CHECK(record.offset == *results[0].offset);
    if (record.value == large && results[4].offset) CHECK(record.offset == *results[4].offset);
  }
  const auto ends = ledger->ends(kLong);
  CHECK(ends[0] > records.front().offset);
  CHECK(ends[1] == 0);
}

TEST_CASE_TEMPLATE_DEFINE("an imported entry keeps the time that it brings along", Backend,
                          imported) {
  Backend backend;
  const auto ledger = backend.open();
  append(*ledger, {{1, "k", "old", 1'500'000'000'123}, {1, "k", "older", 7}});
  append(*ledger, {{1, "k", "own"}});
  const auto records = read_records(*ledger->tail({{1, 0}}), 3);
  REQUIRE(records.size() == 3);
  CHECK(records[0].append_time_ms == 1'500'000'000'123);
  CHECK(records[1].append_time_ms == 7);
  CHECK(records[2].append_time_ms > 1'500'000'000'123);
}

TEST_CASE_TEMPLATE_DEFINE("a tail begins at any record, also inside a batch", Backend, starts) {
  Backend backend;
  const auto ledger = backend.open();
  std::vector<Entry> batch;
  for (int i = 0; i < 20; ++i) batch.push_back({1, "k", std::to_string(i)});
  for (int i = 0; i < 3; ++i) append(*ledger, batch);
  const auto all = read_records(*ledger->tail({{1, 0}}), 60);
  REQUIRE(all.size() == 60);
  for (const std::size_t first : {1U, 19U, 20U, 33U, 59U}) {
    const auto rest = read_records(*ledger->tail({{1, all[first].offset}}), 60 - first, 7);
    REQUIRE(rest.size() == 60 - first);
    CHECK(rest.front().offset == all[first].offset);
    CHECK(rest.back().offset == all.back().offset);
    CHECK(rest.front().value == all[first].value);
  }
  CHECK(ledger->tail({{1, ledger->ends(kLong)[1]}, {0, 0}})->read(10, kNow).empty());
}

TEST_CASE_TEMPLATE_DEFINE("a tail reads its partitions alone", Backend, partitions) {
  Backend backend;
  const auto ledger = backend.open();
  append(*ledger, {{0, "k", "zero"}, {1, "k", "one"}, {2, "k", "two"}});
  const auto tail = ledger->tail({{2, 0}, {0, 0}});
  auto values = values_of(read_records(*tail, 2));
  std::ranges::sort(values);
  CHECK(values == std::vector<std::string>{"two", "zero"});
  CHECK(tail->read(10, kNow).empty());
}

TEST_CASE_TEMPLATE_DEFINE("a waiting tail sees what another process appends", Backend, wait) {
  Backend backend;
  const auto mine = backend.open();
  const auto other = backend.open();
  for (const auto delivery : {Delivery::at_once, Delivery::leading, Delivery::following}) {
    const auto tail = mine->tail({{1, mine->ends(kLong)[1]}}, delivery);
    CHECK(tail->read(10, kNow).empty());
    std::vector<std::string> seen;
    const auto began = std::chrono::steady_clock::now();
    {
      const std::jthread reader([&] {
        const auto records = tail->read(10, kLong);
        for (const Record& record : records) seen.emplace_back(record.value);
      });
      append(*other, {{1, "k", "news"}});
    }
    CHECK(seen == std::vector<std::string>{"news"});
    CHECK(std::chrono::steady_clock::now() - began < kLong / 2);
  }
}

TEST_CASE_TEMPLATE_DEFINE("wake ends a long wait, and only one", Backend, wake) {
  Backend backend;
  const auto ledger = backend.open();
  for (const auto delivery : {Delivery::at_once, Delivery::leading, Delivery::following}) {
    check_one_wake(*ledger->tail(from_start(*ledger), delivery));
  }
}

TEST_CASE_TEMPLATE_DEFINE("a start beyond the end is refused", Backend, beyond) {
  Backend backend;
  const auto ledger = backend.open();
  append(*ledger, {{0, "k", "v"}});
  const Offset end = ledger->ends(kLong)[0];
  CHECK(ledger->tail({{0, end}})->read(10, kNow).empty());
  const auto tail = ledger->tail({{0, end + 1}});
  CHECK_THROWS_AS((void)tail->read(10, kNow), Corrupt);
}

TEST_CASE_TEMPLATE_DEFINE("a truncated and an exchanged ledger are told apart from a sound one",
                          Backend, history) {
  Backend backend;
  const auto ledger = backend.open();
  append(*ledger, {{1, "k", "first"}, {1, "k", "second"}});
  const auto records = read_records(*ledger->tail({{1, 0}}), 2);
  const OwnedRecord& last = records.back();
  const RecordDigest digest =
      record_digest({1, last.offset, last.append_time_ms, last.key, last.value});
  const auto found = read_one(*ledger, 1, last.offset, kLong);
  REQUIRE(found.has_value());
  CHECK(found->value == "second");
  CHECK_FALSE(read_one(*ledger, 1, last.offset + 1, kLong).has_value());
  CHECK_NOTHROW(check_holds(*ledger, 1, last.offset, digest, kLong));
  backend.exchange(1, last.offset);
  CHECK_THROWS_AS(check_holds(*ledger, 1, last.offset, digest, kLong), Corrupt);
  backend.cut(1, last.offset);
  CHECK_THROWS_AS(check_holds(*ledger, 1, last.offset, digest, kLong), Corrupt);
  const auto tail = ledger->tail({{1, last.offset + 1}});
  CHECK_THROWS_AS((void)tail->read(10, kNow), Corrupt);
}

TEST_CASE_TEMPLATE_DEFINE("a process that starts anew goes on where the last one ended", Backend,
                          restart) {
  Backend backend;
  append(*backend.open(), {{0, "k", "before"}});
  backend.interrupt();
  const auto ledger = backend.open();
  append(*ledger, {{0, "k", "after"}});
  const auto records = read_records(*ledger->tail({{0, 0}}), 2);
  CHECK(values_of(records) == std::vector<std::string>{"before", "after"});
  CHECK(records[0].offset < records[1].offset);
}

TEST_CASE_TEMPLATE_DEFINE("a tail goes on after the store was away", Backend, reconnect) {
  Backend backend;
  const auto ledger = backend.open();
  const auto tail = ledger->tail(from_start(*ledger));
  std::vector<std::string> expected;
  std::vector<std::string> seen;
  for (int round = 0; round < 4; ++round) {
    if (round > 0) backend.interrupt();
    expected.push_back(std::to_string(round));
    append(*backend.open(), {{2, "k", expected.back()}});
    const auto until = std::chrono::steady_clock::now() + kLong;
    while (seen.size() < expected.size() && std::chrono::steady_clock::now() < until) {
      try {
        for (const Record& record : tail->read(10, std::chrono::milliseconds(200))) {
          seen.emplace_back(record.value);
        }
      } catch (const Unavailable&) {
        continue;  // nothing is lost, says the port
      }
    }
    CHECK(seen == expected);
  }
}

TEST_CASE_TEMPLATE_DEFINE("beyond the bound nothing is taken", Backend, bound) {
  Backend backend;
  const auto ledger = backend.open(10);
  std::atomic<int> calls = 0;
  const auto count = [&](auto) { ++calls; };
  const std::vector<Entry> eleven(11, Entry{0, "k", "refused"});
  CHECK_FALSE(ledger->append(eleven, count));
  const std::vector<Entry> ten(10, Entry{0, "k", "taken"});
  const auto results = append(*ledger, ten);
  CHECK(results.size() == 10);
  CHECK(calls == 0);
  CHECK(values_of(read_records(*ledger->tail({{0, 0}}), 10)) ==
        std::vector<std::string>(10, "taken"));
}

TEST_CASE_TEMPLATE_DEFINE("each batch is reported once, also when the ledger goes", Backend, end) {
  Backend backend;
  std::vector<std::atomic<int>> calls(50);
  std::atomic<int> appended = 0;
  auto ledger = backend.open();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    REQUIRE(ledger->append({{0, "k", std::to_string(i)}}, [&, i](auto results) {
      ++calls[i];
      if (results[0].status == AppendStatus::appended) ++appended;
    }));
  }
  const auto began = std::chrono::steady_clock::now();
  ledger.reset();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
  for (const auto& call : calls) CHECK(call == 1);
  const auto again = backend.open();
  CHECK(again->ends(kLong)[0] >= appended);
}

}  // namespace flashpoll::ledger::test

#define LEDGER_CONTRACT(Backend)                  \
  TEST_CASE_TEMPLATE_INVOKE(order, Backend);      \
  TEST_CASE_TEMPLATE_INVOKE(imported, Backend);   \
  TEST_CASE_TEMPLATE_INVOKE(starts, Backend);     \
  TEST_CASE_TEMPLATE_INVOKE(partitions, Backend); \
  TEST_CASE_TEMPLATE_INVOKE(wait, Backend);       \
  TEST_CASE_TEMPLATE_INVOKE(wake, Backend);       \
  TEST_CASE_TEMPLATE_INVOKE(beyond, Backend);     \
  TEST_CASE_TEMPLATE_INVOKE(history, Backend);    \
  TEST_CASE_TEMPLATE_INVOKE(restart, Backend);    \
  TEST_CASE_TEMPLATE_INVOKE(reconnect, Backend);  \
  TEST_CASE_TEMPLATE_INVOKE(bound, Backend);      \
  TEST_CASE_TEMPLATE_INVOKE(end, Backend)
