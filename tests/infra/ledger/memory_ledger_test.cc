#include "infra/ledger/memory_ledger.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "infra/runtime/fault.h"

namespace flashpoll::ledger {
namespace {

constexpr std::chrono::milliseconds kNow{0};

/// A ledger without threads whose every step is taken by the test.
struct Stepped {
  explicit Stepped(MemoryLedgerOptions options = {}) : ledger(log, without_threads(options)) {}

  static MemoryLedgerOptions without_threads(MemoryLedgerOptions options) {
    options.threads = false;
    return options;
  }

  void append(const std::string& value) {
    REQUIRE(ledger.append({{0, "k", value}}, [this, value](auto results) {
      reports.push_back(value + ":" + std::to_string(static_cast<int>(results[0].status)));
    }));
  }
  void deliver_all() {
    while (ledger.deliver()) {
    }
  }
  std::vector<std::string> values() {
    std::vector<std::string> values;
    const auto tail = ledger.tail({{0, 0}});
    for (const Record& record : tail->read(1'000, kNow)) {
      values.emplace_back(record.value);
    }
    return values;
  }

  runtime::ManualClock clock{1'000};
  std::shared_ptr<MemoryLog> log = std::make_shared<MemoryLog>(2, clock);
  std::vector<std::string> reports;
  MemoryLedger ledger;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("without threads nothing happens before a step is taken") {
  Stepped stepped;
  stepped.append("a");
  CHECK(stepped.values().empty());
  CHECK(stepped.ledger.deliver());
  CHECK(stepped.values() == Texts{"a"});
  CHECK(stepped.reports.empty());
  CHECK(stepped.ledger.deliver());
  CHECK(stepped.reports == Texts{"a:0"});
  CHECK_FALSE(stepped.ledger.deliver());
}

TEST_CASE("each fault does what its name says") {
  Stepped stepped;
  using enum MemoryFault;
  stepped.ledger.inject({duplicate, lost_report, never_lands, refuse, lands_late});
  for (const char* value : {"dup", "lost", "never", "no", "late", "plain"}) stepped.append(value);
  stepped.deliver_all();
  CHECK(stepped.values() == Texts{"dup", "dup", "lost", "plain", "late"});
  CHECK(stepped.reports == Texts{"dup:0", "lost:2", "never:2", "no:1", "late:2", "plain:0"});
}

TEST_CASE("the clock's time is taken raw, also when it steps back") {
  Stepped stepped;
  stepped.append("a");
  stepped.deliver_all();
  stepped.clock.set_wall(400);
  stepped.append("b");
  stepped.deliver_all();
  const auto tail = stepped.ledger.tail({{0, 0}});
  const auto records = tail->read(10, kNow);
  REQUIRE(records.size() == 2);
  CHECK(records[0].append_time_ms == 1'000);
  CHECK(records[1].append_time_ms == 400);
}

TEST_CASE("while held, and while away, nothing lands") {
  Stepped stepped;
  stepped.ledger.hold(true);
  stepped.append("a");
  CHECK_FALSE(stepped.ledger.deliver());
  stepped.ledger.hold(false);
  stepped.deliver_all();
  stepped.log->set_away(true);
  CHECK_THROWS_AS((void)stepped.ledger.ends(kNow), Unavailable);
  stepped.append("b");
  stepped.deliver_all();
  stepped.log->set_away(false);
  CHECK(stepped.values() == Texts{"a"});
  CHECK(stepped.reports == Texts{"a:0", "b:1"});
}

TEST_CASE("one seed, one history") {
  const auto history = [](std::uint64_t seed) {
    MemoryLedgerOptions options;
    options.seed = seed;
    options.report_delay_steps = 5;
    using enum MemoryFault;
    options.per_mille = {
        {duplicate, 100}, {lost_report, 100}, {never_lands, 100}, {lands_late, 100}, {refuse, 100}};
    Stepped stepped(options);
    for (int i = 0; i < 200; ++i) {
      stepped.append(std::to_string(i));
      if (i % 3 == 0) (void)stepped.ledger.deliver();
    }
    stepped.deliver_all();
    auto all = stepped.values();
    all.insert(all.end(), stepped.reports.begin(), stepped.reports.end());
    return all;
  };
  CHECK(history(7) == history(7));
  CHECK(history(7) != history(8));
}

TEST_CASE("what is left when the ledger goes is reported") {
  std::vector<AppendStatus> reports;
  runtime::ManualClock clock(1'000);
  {
    MemoryLedger ledger(std::make_shared<MemoryLog>(1, clock), {.threads = false});
    for (int i = 0; i < 2; ++i) {
      REQUIRE(ledger.append({{0, "k", "v"}},
                            [&](auto results) { reports.push_back(results[0].status); }));
    }
    CHECK(ledger.deliver());
  }
  CHECK(reports == std::vector{AppendStatus::not_appended, AppendStatus::in_doubt});
}

}  // namespace flashpoll::ledger
