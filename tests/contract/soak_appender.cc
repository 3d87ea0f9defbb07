// One of the appending processes of ledger_soak_pgtest: appends for so long, then prints how many
// records of its own each partition got. Arguments: connection string, name, milliseconds.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

#include "infra/ledger/postgres_ledger.h"
#include "infra/runtime/clock.h"

namespace {

using namespace flashpoll;

constexpr ledger::Partition kPartitions = 12;
constexpr int kBatch = 100;
constexpr int kInFlight = 2'000;
constexpr std::size_t kValueBytes = 160;

/// Value: `name partition number`, filled up.
std::vector<ledger::Entry> next_batch(const std::string& name, std::vector<long>& numbers,
                                      int round) {
  std::vector<ledger::Entry> batch;
  for (int i = 0; i < kBatch; ++i) {
    const auto partition = static_cast<ledger::Partition>((round + i * 7) % kPartitions);
    std::string value =
        name + " " + std::to_string(partition) + " " + std::to_string(numbers[partition]++) + " ";
    value.resize(kValueBytes, '.');
    batch.push_back({partition, "0123456789AB", std::move(value)});
  }
  return batch;
}

int run(const std::string& connection, const std::string& name, std::chrono::milliseconds time) {
  runtime::SystemClock clock;
  runtime::Log log(clock);
  std::mutex mutex;
  std::condition_variable reported;
  int in_flight = 0;
  long wrong = 0;
  std::vector<long> numbers(kPartitions, 0);
  ledger::PostgresLedger ledger({connection, "soak " + name}, kPartitions, log);
  const auto until = std::chrono::steady_clock::now() + time;
  for (int round = 0; std::chrono::steady_clock::now() < until; ++round) {
    std::unique_lock lock(mutex);
    reported.wait(lock, [&] { return in_flight + kBatch <= kInFlight; });
    in_flight += kBatch;
    lock.unlock();
    const bool taken = ledger.append(next_batch(name, numbers, round), [&](auto results) {
      const std::lock_guard guard(mutex);
      in_flight -= static_cast<int>(results.size());
      for (const auto& result : results) {
        if (result.status != ledger::AppendStatus::appended) ++wrong;
      }
      reported.notify_one();
    });
    if (!taken) return 3;
  }
  std::unique_lock lock(mutex);
  reported.wait(lock, [&] { return in_flight == 0; });
  for (const long number : numbers) std::printf("%ld\n", number);
  return wrong == 0 ? 0 : 4;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  return run(argv[1], argv[2], std::chrono::milliseconds(std::stol(argv[3])));
}
