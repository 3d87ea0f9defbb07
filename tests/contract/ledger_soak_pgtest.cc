#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "infra/ledger/postgres_ledger.h"
#include "infra/runtime/clock.h"
#include "tests/contract/ledger_helpers.h"
#include "tests/support/private_postgres.h"

namespace flashpoll::ledger::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr Partition kPartitions = 12;
constexpr std::size_t kProcesses = 8;

/// 3 s, or with FLASHPOLL_LONG=1 the 20 s of the figure.
milliseconds duration() {
  return milliseconds(std::getenv("FLASHPOLL_LONG") != nullptr ? 20'000 : 3'000);
}

/// The digits at the beginning, -1 without any.
long number(std::string_view text) {
  long value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// An appending process; its output comes when it ends.
class Process {
 public:
  Process(const std::string& connection, std::size_t name) {
    const std::string command = "exec " SOAK_APPENDER " '" + connection + "' " +
                                std::to_string(name) + " " + std::to_string(duration().count());
    pipe_ = popen(command.c_str(), "r");
    REQUIRE(pipe_ != nullptr);
  }

  /// How many records it appended to each partition.
  std::vector<long> finish() {
    std::vector<long> counts;
    std::array<char, 64> line{};
    while (std::fgets(line.data(), line.size(), pipe_) != nullptr) {
      counts.push_back(number(line.data()));
    }
    CHECK(pclose(pipe_) == 0);
    REQUIRE(counts.size() == kPartitions);
    return counts;
  }

 private:
  FILE* pipe_ = nullptr;
};

/// Per process and partition the number of its next record; everything else is a fault.
class Recount {
 public:
  void take(const Record& record) {
    const std::string_view value = record.value;
    const auto first = value.find(' ');
    const auto second = value.find(' ', first + 1);
    const auto process = number(value.substr(0, first));
    const auto partition = number(value.substr(first + 1, second - first - 1));
    if (record.offset != next_offset_[record.partition]++) ++gaps;
    if (partition != record.partition) ++misplaced;
    if (number(value.substr(second + 1)) !=
        next_[static_cast<std::size_t>(process)][record.partition]++) {
      ++out_of_order;
    }
    ++records;
  }

  [[nodiscard]] long next(std::size_t process, std::size_t partition) const {
    return next_[process][partition];
  }

  long records = 0;
  long gaps = 0;
  long misplaced = 0;
  long out_of_order = 0;

 private:
  std::array<std::array<long, kPartitions>, kProcesses> next_{};
  std::array<Offset, kPartitions> next_offset_{};
};

double p50_ms(std::vector<double>& samples) {
  std::ranges::sort(samples);
  return samples.at(samples.size() / 2);
}

}  // namespace

TEST_CASE("eight processes append while a tail reads: each record once, in order, no gap") {
  const pg::Target target{flashpoll::test::PrivatePostgres::shared().create_database(), "soak"};
  create_postgres_ledger(target, kPartitions);
  runtime::SystemClock clock;
  runtime::Log log(clock, runtime::LogLevel::warning);
  PostgresLedger ledger(target, kPartitions, log);
  const auto tail = ledger.tail(from_start(ledger));
  const auto began = Clock::now();
  std::vector<Process> processes;
  for (std::size_t i = 0; i < kProcesses; ++i) processes.emplace_back(target.connection, i);

  Recount recount;
  const auto follow = [&](milliseconds wait) {
    const auto records = tail->read(10'000, wait);
    for (const Record& record : records) recount.take(record);
    return !records.empty();
  };
  while (Clock::now() < began + duration()) (void)follow(milliseconds(100));
  std::vector<std::vector<long>> appended;
  for (Process& process : processes) appended.push_back(process.finish());
  while (follow(milliseconds(500))) {
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();

  CHECK(recount.gaps == 0);
  CHECK(recount.misplaced == 0);
  CHECK(recount.out_of_order == 0);
  long all = 0;
  for (std::size_t process = 0; process < kProcesses; ++process) {
    for (std::size_t partition = 0; partition < kPartitions; ++partition) {
      CHECK(recount.next(process, partition) == appended[process][partition]);
      all += appended[process][partition];
    }
  }
  CHECK(recount.records == all);
  CHECK(all > 0);
  MESSAGE(all << " records in " << seconds << " s, " << static_cast<double>(all) / seconds
              << " per second, all seen once and in order");
}

TEST_CASE("one append alone is committed and notified at once") {
  const pg::Target target{flashpoll::test::PrivatePostgres::shared().create_database(), "soak"};
  create_postgres_ledger(target, kPartitions);
  runtime::SystemClock clock;
  runtime::Log log(clock, runtime::LogLevel::warning);
  PostgresLedger ledger(target, kPartitions, log);
  const auto tail = ledger.tail(from_start(ledger));
  CHECK(tail->read(10, kNow).empty());
  std::vector<double> committed;
  std::vector<double> seen;
  const auto ms_since = [](Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  };
  for (int i = 0; i < 500; ++i) {
    const auto began = Clock::now();
    std::promise<double> done;
    REQUIRE(ledger.append({{static_cast<Partition>(i) % kPartitions, "key", "value"}},
                          [&](auto) { done.set_value(ms_since(began)); }));
    REQUIRE(tail->read(10, kLong).size() == 1);
    seen.push_back(ms_since(began));
    committed.push_back(done.get_future().get());
  }
  const double committed_p50 = p50_ms(committed);
  const double seen_p50 = p50_ms(seen);
  MESSAGE("p50: committed after " << committed_p50 << " ms, seen after " << seen_p50 << " ms");
  // A few tenths alone. Wide, as other work may share the machine; without the notification it
  // would be 125 ms, half of the time between two looks.
  CHECK(committed_p50 < 60);
  CHECK(seen_p50 < 60);
}

}  // namespace flashpoll::ledger::test
