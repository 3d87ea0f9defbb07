#include <doctest/doctest.h>

#include "infra/runtime/fault.h"
#include "projector/worker.h"
#include "tests/projector/worker_bench.h"

namespace flashpoll::test {

using projector::Partitions;
using Rows = std::vector<std::string>;

namespace {

const events::PollId kLunch = poll_id(7);
const events::PollId kDinner = poll_id(3);
constexpr std::chrono::milliseconds kNow{1};

const char* const kVotes =
    "SELECT votes, voters, voided FROM read_1.poll_results WHERE poll_id = 7";

}  // namespace

TEST_CASE("votes of the ledger become results") {
  Workshop shop(3);
  auto worker = shop.worker();
  shop.append(opening(kLunch));
  shop.append(ballot(kLunch, 1, {0}));
  shop.append(ballot(kLunch, 2, {2}));
  shop.append(ballot(kLunch, 2, {2}, {}, 7));
  shop.drain(*worker);
  CHECK(shop.database.row(kVotes) == "{1,0,1}|2|1");
  shop.append(ballot(kLunch, 3, {2}));
  shop.drain(*worker);
  CHECK(shop.database.row(kVotes) == "{1,0,2}|3|1");
}

TEST_CASE("a projector that starts anew goes on where the read tables are") {
  Workshop shop(2);
  shop.append(opening(kLunch));
  shop.append(ballot(kLunch, 1, {0}));
  auto first = shop.worker("first");
  shop.drain(*first);
  first.reset();
  shop.append(ballot(kLunch, 1, {1}, events::Seq(1), 2));
  auto second = shop.worker("second");
  shop.drain(*second);
  CHECK(shop.database.row(kVotes) == "{0,1,0}|1|0");
  CHECK(shop.database.row("SELECT count(*) FROM read_1.poll_events") == "3");
}

TEST_CASE("of two projectors on one partition one stands back, and nothing is written twice") {
  Workshop shop(1);
  auto one = shop.worker("one");
  auto two = shop.worker("two");
  shop.append(opening(kLunch));
  for (std::uint8_t round = 1; round <= 20; ++round) {
    shop.append(ballot(kLunch, round, {static_cast<std::uint8_t>(round % 3)}));
    if (round % 2 == 0) {
      shop.drain(*one);
      two->round(shop.all(), kNow);
    } else {
      two->round(shop.all(), kNow);
      one->round(shop.all(), kNow);
    }
  }
  shop.drain(*two);
  shop.drain(*one);
  CHECK(shop.database.row(kVotes) == "{6,7,7}|20|0");
  CHECK(shop.database.row("SELECT count(*), max(seq) FROM read_1.poll_events") == "21|20");
}

TEST_CASE("a standby folds up to the committed position and takes over at once") {
  Workshop shop(1);
  auto owner = shop.worker("owner");
  auto standby = shop.worker("standby");
  shop.append(opening(kLunch));
  shop.append(ballot(kLunch, 1, {0}));
  shop.drain(*owner);
  shop.append(ballot(kLunch, 2, {1}));
  for (int i = 0; i < 3; ++i) {
    standby->round({}, kNow);
    shop.clock.advance(1000);
  }
  CHECK(standby->folds().at(0).next() == 2);
  CHECK(shop.database.row("SELECT next_offset FROM read_1.positions") == "2");
  standby->round(shop.all(), kNow);
  CHECK(standby->owned() == shop.all());
  shop.drain(*standby);
  CHECK(shop.database.row(kVotes) == "{1,1,0}|2|0");
}

TEST_CASE("a projector that loses its backend writes the same rows again") {
  Workshop shop(1);
  auto worker = shop.worker();
  shop.append(opening(kLunch));
  shop.drain(*worker);
  for (std::uint8_t voter = 1; voter <= 5; ++voter) {
    shop.append(ballot(kLunch, voter, {1}));
    shop.database.exec(
        "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
    CHECK_THROWS_AS(worker->round(shop.all(), std::chrono::milliseconds(100)), Unavailable);
    CHECK_FALSE(worker->clean());
    shop.drain(*worker);
  }
  CHECK(shop.database.row(kVotes) == "{0,5,0}|5|0");
  CHECK(shop.database.row("SELECT count(*) FROM read_1.poll_events") == "6");
}

TEST_CASE("a commit that went through without an answer is not written again") {
  Workshop shop(1);
  auto worker = shop.worker("one");
  auto twin = shop.worker("twin");
  shop.append(opening(kLunch));
  shop.append(ballot(kLunch, 1, {1}));
  worker->round(shop.all(), kNow);
  // The same batch from the same position: what a retry after a lost answer would send.
  twin->round(shop.all(), kNow);
  twin->round(shop.all(), kNow);
  CHECK(shop.database.row("SELECT count(*) FROM read_1.poll_events") == "2");
  shop.append(ballot(kLunch, 2, {1}));
  shop.drain(*twin);
  CHECK(shop.database.row(kVotes) == "{0,2,0}|2|0");
}

TEST_CASE("strays of each kind are recorded and have no effect") {
  Workshop shop(2);
  auto worker = shop.worker();
  shop.append(opening(kLunch));
  shop.append(kLunch, "no JSON");
  shop.append(kLunch, R"({"poll":"000000000007"})");
  shop.append(1 - shop.home(kLunch), kLunch.text(), events::encode(ballot(kLunch, 1, {0})));
  shop.append(kLunch, events::encode(ballot(kLunch, 1, {0})) + " ");
  shop.append(ballot(kDinner, 1, {0}));
  shop.append(ballot(kLunch, 2, {0}));
  shop.drain(*worker);
  CHECK(shop.database.rows("SELECT cause FROM read_1.stray_records ORDER BY cause") ==
        Rows{"1", "2", "3", "4", "5"});
  CHECK(shop.database.row(kVotes) == "{1,0,0}|1|0");
  CHECK(shop.database.row("SELECT count(*) FROM read_1.polls") == "1");
  CHECK(shop.metrics.expose().find("flashpoll_projector_strays_total 5") != std::string::npos);
}

TEST_CASE("a ledger that is shorter than the read tables is refused") {
  Workshop shop(1);
  auto worker = shop.worker();
  shop.append(opening(kLunch));
  shop.append(ballot(kLunch, 1, {1}));
  shop.drain(*worker);
  worker.reset();
  shop.log->cut(0, 1);
  CHECK_THROWS_WITH_AS(shop.worker(), doctest::Contains("shorter than"), Corrupt);
}

TEST_CASE("a ledger with another last record is refused") {
  Workshop shop(1);
  auto worker = shop.worker();
  shop.append(opening(kLunch));
  shop.append(ballot(kLunch, 1, {1}));
  shop.drain(*worker);
  worker.reset();
  shop.log->exchange(0, 1, events::encode(ballot(kLunch, 1, {2})));
  CHECK_THROWS_WITH_AS(shop.worker(), doctest::Contains("different from"), Corrupt);
}

TEST_CASE("a projector of an older vocabulary stands by and says why") {
  Workshop shop(1);
  auto settings = shop.settings("newer");
  settings.reader = 2;
  auto newer = shop.worker(settings);
  shop.append(opening(kLunch));
  shop.drain(*newer);
  auto older = shop.worker("older");
  older->round(shop.all(), kNow);
  CHECK(older->owned().empty());
  CHECK(older->stands_by().find("newer build") != std::string::npos);
}

TEST_CASE("after a switch of the read tables the projector goes on in the new ones") {
  Workshop shop(1);
  auto worker = shop.worker();
  shop.append(opening(kLunch));
  shop.append(ballot(kLunch, 1, {1}));
  shop.drain(*worker);
  projector::create_read_tables(shop.database.connection(), "read_2", 1);
  shop.database.exec("UPDATE checkpoints.read_pointer SET schema_name = 'read_2'");
  shop.append(ballot(kLunch, 2, {1}));
  shop.drain(*worker);
  CHECK(shop.database.row("SELECT count(*) FROM read_1.poll_events") == "2");
  CHECK(shop.database.row("SELECT count(*) FROM read_2.poll_events") == "3");
}

TEST_CASE("a standby follows the read tables that are in force") {
  Workshop shop(1);
  auto owner = shop.worker("owner");
  auto standby = shop.worker("standby");
  shop.append(opening(kLunch));
  shop.drain(*owner);
  standby->round({}, kNow);
  projector::create_read_tables(shop.database.connection(), "read_2", 1);
  shop.database.exec("UPDATE checkpoints.read_pointer SET schema_name = 'read_2'");
  shop.append(ballot(kLunch, 2, {1}));
  shop.drain(*owner);
  shop.clock.advance(1000);
  standby->round({}, kNow);
  CHECK(standby->folds().at(0).next() == 2);
}

}  // namespace flashpoll::test
