#include <doctest/doctest.h>

#include <atomic>
#include <functional>

#include "infra/runtime/fault.h"
#include "projector/projector.h"
#include "tests/projector/worker_bench.h"

namespace flashpoll::test {

namespace {

const events::PollId kLunch = poll_id(7);
constexpr std::chrono::seconds kPatience{20};

/// Waits, through the notifications of changed polls, until `holds`.
template <typename Holds>
bool eventually(ReadDatabase& database, Holds holds) {
  pg::Connection listener(database.target());
  listener.exec("LISTEN flashpoll_results");
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    (void)listener.notifications(std::chrono::milliseconds(50), nullptr);
  }
  return true;
}

std::unique_ptr<projector::Projector> start(const projector::ProjectorPorts& ports,
                                            projector::ProjectorSettings settings) {
  auto one = std::make_unique<projector::Projector>(ports, std::move(settings), nullptr);
  one->start();
  return one;
}

std::unique_ptr<projector::Projector> start(Workshop& shop, const std::string& name) {
  return start(shop.ports(), shop.settings(name));
}

/// A ledger whose end cannot be asked for a while.
class Mute final : public ledger::Ledger {
 public:
  explicit Mute(ledger::Ledger& ledger) : ledger_(ledger) {}
  [[nodiscard]] ledger::Partition partitions() const override { return ledger_.partitions(); }
  [[nodiscard]] bool read_is_durable() const override { return ledger_.read_is_durable(); }
  [[nodiscard]] std::size_t depth() const override { return ledger_.depth(); }
  [[nodiscard]] bool append(std::vector<ledger::Entry> batch, ledger::AppendDone done) override {
    return ledger_.append(std::move(batch), std::move(done));
  }
  [[nodiscard]] std::vector<ledger::Offset> ends(std::chrono::milliseconds wait) override {
    if (mute) throw Unavailable("the end is not told");
    return ledger_.ends(wait);
  }
  [[nodiscard]] std::unique_ptr<ledger::Tail> tail(std::vector<ledger::Start> starts,
                                                   ledger::Delivery delivery) override {
    return ledger_.tail(std::move(starts), delivery);
  }

  std::atomic<bool> mute = true;

 private:
  ledger::Ledger& ledger_;
};

bool shows_lag(Workshop& shop, const std::string& value) {
  const std::string line = "\nflashpoll_projector_lag_records " + value + "\n";
  return shop.metrics.expose().find(line) != std::string::npos;
}

std::size_t owned(const projector::Projector& one) {
  std::size_t count = 0;
  for (const auto& partition : one.status().partitions) count += partition.owned ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a projector on its threads takes the leases, projects and gives everything back") {
  Workshop shop(4);
  shop.append(opening(kLunch));
  auto one = start(shop, "one");
  REQUIRE(eventually(shop.database, [&] { return owned(*one) == 4; }));
  shop.append(ballot(kLunch, 1, {0}));
  REQUIRE(eventually(shop.database, [&] {
    return shop.database.row("SELECT seq FROM read_1.poll_results") == "1";
  }));
  CHECK(eventually(shop.database, [&] {
    return projector::lag(one->status(), shop.ledger, std::chrono::seconds(1)) == 0;
  }));
  CHECK(one->status().running);
  CHECK(one->status().last_fault.empty());
  one->stop();
  CHECK_FALSE(one->status().running);
  CHECK(shop.checkpoints.newest().size() == 1);
  CHECK(shop.database.row("SELECT count(*) FROM checkpoints.projector_leases "
                          "WHERE holder IS NOT NULL") == "0");
}

TEST_CASE("two projectors share the partitions; when one stops the other has them all") {
  Workshop shop(4);
  auto one = start(shop, "one");
  REQUIRE(eventually(shop.database, [&] { return owned(*one) == 4; }));
  auto two = start(shop, "two");
  REQUIRE(eventually(shop.database, [&] { return owned(*one) == 2 && owned(*two) == 2; }));
  shop.append(opening(kLunch));
  for (std::uint8_t who = 1; who <= 50; ++who) shop.append(ballot(kLunch, who, {1}));
  one->stop();
  REQUIRE(eventually(shop.database, [&] { return owned(*two) == 4; }));
  shop.append(ballot(kLunch, 51, {1}));
  CHECK(eventually(shop.database, [&] {
    return shop.database.rows("SELECT votes FROM read_1.poll_results") ==
           std::vector<std::string>{"{0,51,0}"};
  }));
}

TEST_CASE(
    "the lag says how many records are not in the read tables, also while a writer is held up") {
  Workshop shop(4);
  shop.append(opening(kLunch));
  auto one = start(shop, "one");
  CHECK(eventually(shop.database, [&] { return shows_lag(shop, "0") && owned(*one) == 4; }));
  pg::Connection other(shop.database.target());
  other.exec("BEGIN");
  other.exec("LOCK TABLE read_1.poll_events");
  for (std::uint8_t who = 1; who <= 5; ++who) shop.append(ballot(kLunch, who, {0}));
  CHECK(eventually(shop.database, [&] { return shows_lag(shop, "5"); }));
  other.exec("COMMIT");
  CHECK(eventually(shop.database, [&] { return shows_lag(shop, "0"); }));
}

TEST_CASE("a ledger that does not tell its end leaves the lag unknown") {
  Workshop shop(1);
  shop.append(opening(kLunch));
  Mute ledger(shop.ledger);
  auto one = start({.ledger = ledger,
                    .checkpoints = shop.checkpoints,
                    .clock = shop.clock,
                    .log = shop.lines,
                    .metrics = shop.metrics},
                   shop.settings("one"));
  CHECK(shows_lag(shop, "Nan"));
  REQUIRE(eventually(shop.database, [&] {
    return shop.database.row("SELECT count(*) FROM read_1.poll_results") == "1";
  }));
  CHECK(shows_lag(shop, "Nan"));
  ledger.mute = false;
  CHECK(eventually(shop.database, [&] { return shows_lag(shop, "0"); }));
  ledger.mute = true;
  CHECK(eventually(shop.database, [&] { return shows_lag(shop, "Nan"); }));
}

TEST_CASE("a database that goes away for a while costs nothing") {
  Workshop shop(2);
  shop.append(opening(kLunch));
  auto one = start(shop, "one");
  REQUIRE(eventually(shop.database, [&] { return owned(*one) == 2; }));
  for (std::uint8_t who = 1; who <= 200; ++who) {
    shop.append(ballot(kLunch, who, {1}));
    if (who % 50 != 0) continue;
    shop.database.exec(
        "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
  }
  CHECK(eventually(shop.database, [&] {
    return shop.database.rows("SELECT votes FROM read_1.poll_results") ==
           std::vector<std::string>{"{0,200,0}"};
  }));
  CHECK(shop.database.row("SELECT count(*) FROM read_1.poll_events") == "201");
}

}  // namespace flashpoll::test
