#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/ledger.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/mutex.h"
#include "tests/contract/ledger_helpers.h"

/// The part of the contract that needs load; backends as in ledger_contract.h. One that says
/// `kMayRepeat` may hold an entry several times when an answer to it was lost.
namespace flashpoll::ledger::test {

/// Several processes append at once; every value is unique: `writer.batch.entry`.
class Load {
 public:
  Load(std::vector<Ledger*> ledgers, int batches, int batch_entries)
      : ledgers_(std::move(ledgers)), batches_(batches), batch_entries_(batch_entries) {}

  /// Runs all writers, two threads for each ledger, until all batches are reported.
  void run() {
    std::vector<std::jthread> threads;
    for (std::size_t writer = 0; writer < 2 * ledgers_.size(); ++writer) {
      threads.emplace_back([this, writer] { write(writer); });
    }
  }

  /// What became of each value. After `run`.
  [[nodiscard]] std::map<std::string, AppendStatus> outcome() const {
    const runtime::MutexLock lock(mutex_);
    return outcome_;
  }
  [[nodiscard]] std::size_t reported() const {
    const runtime::MutexLock lock(mutex_);
    return outcome_.size();
  }

 private:
  void write(std::size_t writer) {
    Ledger& ledger = *ledgers_[writer / 2];
    for (int batch = 0; batch < batches_; ++batch) {
      std::vector<Entry> entries;
      for (int i = 0; i < batch_entries_; ++i) {
        const auto partition = static_cast<Partition>(
            (writer + static_cast<std::size_t>(batch + i)) % ledger.partitions());
        entries.push_back(
            {partition, "key" + std::to_string(writer),
             std::to_string(writer) + "." + std::to_string(batch) + "." + std::to_string(i)});
      }
      const auto results = append(ledger, entries);
      const runtime::MutexLock lock(mutex_);
      for (std::size_t i = 0; i < results.size(); ++i) {
        outcome_[entries[i].value] = results[i].status;
      }
    }
  }

  const std::vector<Ledger*> ledgers_;
  const int batches_;
  const int batch_entries_;
  mutable runtime::Mutex mutex_;
  std::map<std::string, AppendStatus> outcome_ FP_GUARDED_BY(mutex_);
};

/// Follows a ledger on a thread and checks the order of offsets.
class Watcher {
 public:
  explicit Watcher(Ledger& ledger) : tail_(ledger.tail(from_start(ledger))) {
    thread_ = std::jthread([this](std::stop_token stop) {
      while (!stop.stop_requested()) look(std::chrono::milliseconds(50));
    });
  }

  /// Stops, reads what is still there, and gives how often each value was read.
  std::map<std::string, int> finish(const std::vector<Offset>& ends) {
    thread_.request_stop();
    thread_.join();
    const auto until = std::chrono::steady_clock::now() + kLong;
    const auto reached = [&] {
      for (Partition p = 0; p < ends.size(); ++p) {
        if (next_[p] < ends[p]) return false;
      }
      return true;
    };
    while (!reached() && std::chrono::steady_clock::now() < until) {
      look(std::chrono::milliseconds(50));
    }
    CHECK(reached());
    CHECK(out_of_order_ == 0);
    return counts_;
  }

 private:
  void look(std::chrono::milliseconds wait) {
    try {
      for (const Record& record : tail_->read(500, wait)) {
        Offset& next = next_[record.partition];
        if (record.offset < next) ++out_of_order_;
        next = record.offset + 1;
        ++counts_[std::string(record.value)];
      }
    } catch (const Unavailable&) {
      return;  // the next look goes on
    }
  }

  const std::unique_ptr<Tail> tail_;
  std::map<Partition, Offset> next_;
  std::map<std::string, int> counts_;
  int out_of_order_ = 0;
  std::jthread thread_;
};

TEST_CASE_TEMPLATE_DEFINE("a tail misses nothing while several processes append", Backend, load) {
  Backend backend;
  const auto one = backend.open();
  const auto two = backend.open();
  Watcher watcher(*two);
  Load all({one.get(), two.get()}, 200, 7);
  all.run();
  const auto counts = watcher.finish(one->ends(kLong));
  const auto outcome = all.outcome();
  CHECK(outcome.size() == 4 * 200 * 7);
  CHECK(counts.size() == outcome.size());
  int wrong = 0;
  for (const auto& [value, status] : outcome) {
    const auto count = counts.find(value);
    if (status != AppendStatus::appended || count == counts.end() || count->second != 1) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE_DEFINE("faults during load: nothing acknowledged is lost, nothing is doubled",
                          Backend, disturbed) {
  Backend backend;
  auto one = backend.open();
  auto two = backend.open();
  Watcher watcher(*two);
  Load all({one.get(), two.get()}, 150, 5);
  {
    // Here and not there, as a server ends with the thread that started it.
    const std::jthread loader([&] { all.run(); });
    // By progress, not by time: each disturbance meets batches under way.
    for (std::size_t next = 300; next < 2'700;) {
      if (all.reported() < next) {
        std::this_thread::yield();
        continue;
      }
      backend.disturb();
      next += 400;
    }
  }
  // What is in doubt may land until its process is gone.
  one.reset();
  const auto counts = watcher.finish(two->ends(kLong));
  int lost = 0;
  int doubled = 0;
  int ghosts = 0;
  for (const auto& [value, status] : all.outcome()) {
    const auto found = counts.find(value);
    const int count = found == counts.end() ? 0 : found->second;
    if (status == AppendStatus::appended && count == 0) ++lost;
    if (status == AppendStatus::not_appended && count > 0) ++ghosts;
    if (count > 1) ++doubled;
  }
  CHECK(all.outcome().size() == 4 * 150 * 5);
  CHECK(lost == 0);
  if constexpr (!requires { Backend::kMayRepeat; }) CHECK(doubled == 0);
  CHECK(ghosts == 0);
}

}  // namespace flashpoll::ledger::test

#define LEDGER_LOAD_CONTRACT(Backend)       \
  TEST_CASE_TEMPLATE_INVOKE(load, Backend); \
  TEST_CASE_TEMPLATE_INVOKE(disturbed, Backend)
