#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/ledger.h"

namespace flashpoll::ledger::test {

inline constexpr std::chrono::milliseconds kLong = std::chrono::seconds(20);
inline constexpr std::chrono::milliseconds kNow{0};

using Results = std::vector<AppendResult>;

/// Hands the batch in; the future gives what `done` was called with.
inline std::future<Results> start_append(Ledger& ledger, std::vector<Entry> batch) {
  auto promise = std::make_shared<std::promise<Results>>();
  auto future = promise->get_future();
  const bool taken = ledger.append(std::move(batch), [promise](auto results) {
    promise->set_value(Results(results.begin(), results.end()));
  });
  REQUIRE(taken);
  return future;
}

/// The results of a batch that a ledger without faults appends.
inline Results append(Ledger& ledger, std::vector<Entry> batch) {
  auto future = start_append(ledger, std::move(batch));
  REQUIRE(future.wait_for(kLong) == std::future_status::ready);
  return future.get();
}

inline std::vector<Start> from_start(const Ledger& ledger) {
  std::vector<Start> starts;
  for (Partition partition = 0; partition < ledger.partitions(); ++partition) {
    starts.push_back({partition, 0});
  }
  return starts;
}

inline OwnedRecord owned(const Record& record) {
  return {record.partition, record.offset, record.append_time_ms, std::string(record.key),
          std::string(record.value)};
}

/// Reads until there are `count` records; throws what the tail throws, and fails after kLong.
inline std::vector<OwnedRecord> read_records(Tail& tail, std::size_t count,
                                             std::size_t max_records = 1'000) {
  const auto until = std::chrono::steady_clock::now() + kLong;
  std::vector<OwnedRecord> records;
  while (records.size() < count) {
    for (const Record& record : tail.read(max_records, std::chrono::milliseconds(200))) {
      records.push_back(owned(record));
    }
    if (std::chrono::steady_clock::now() > until) {
      FAIL_CHECK("only " << records.size() << " of " << count << " records came");
      break;
    }
  }
  return records;
}

inline std::vector<std::string> values_of(const std::vector<OwnedRecord>& records) {
  std::vector<std::string> values;
  for (const OwnedRecord& record : records) values.push_back(record.value);
  return values;
}

/// Of a tail that has nothing to deliver.
inline void check_one_wake(Tail& tail) {
  const auto began = std::chrono::steady_clock::now();
  {
    const std::jthread waker([&] { tail.wake(); });
    CHECK(tail.read(10, kLong).empty());
  }
  CHECK(std::chrono::steady_clock::now() - began < kLong / 2);
  const auto again = std::chrono::steady_clock::now();
  CHECK(tail.read(10, std::chrono::milliseconds(50)).empty());
  CHECK(std::chrono::steady_clock::now() - again >= std::chrono::milliseconds(49));
}

}  // namespace flashpoll::ledger::test
