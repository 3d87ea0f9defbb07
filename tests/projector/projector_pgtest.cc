#include <doctest/doctest.h>

#include <condition_variable>
#include <functional>
#include <mutex>

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

std::unique_ptr<projector::Projector> start(Workshop& shop, const std::string& name,
                                            std::function<void(const std::string&)> corrupt = {}) {
  auto one =
      std::make_unique<projector::Projector>(shop.ports(), shop.settings(name), std::move(corrupt));
  one->start();
  return one;
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
