#include <doctest/doctest.h>

#include <atomic>

#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"
#include "projector/verify.h"
#include "projector/worker.h"
#include "tests/projector/worker_bench.h"

namespace flashpoll::test {

using projector::Partitions;
using Rows = std::vector<std::string>;

namespace {

const events::PollId kLunch = poll_id(7);
const events::PollId kDinner = poll_id(3);
constexpr std::chrono::milliseconds kNow{1};

/// A workshop where a poll is open, and one projector that has written it.
struct Lunch : Workshop {
  explicit Lunch(ledger::Partition partitions = 1) : Workshop(partitions), one(worker("one")) {
    append(opening(kLunch));
    drain(*one);
  }
  void vote(std::uint8_t who, std::uint8_t choice) { append(ballot(kLunch, who, {choice})); }
  std::string result() {
    return database.row("SELECT votes, voters, voided FROM read_1.poll_results WHERE poll_id = 7");
  }
  /// Of all polls, in read tables that need not be in force.
  std::string entries(const std::string& schema = "read_1") {
    return database.row("SELECT count(*) FROM " + schema + ".poll_events");
  }
  void put_new_tables_in_force() {
    projector::create_read_tables(database.connection(), "read_2", partitions());
    database.exec("UPDATE checkpoints.read_pointer SET schema_name = 'read_2'");
  }

  std::unique_ptr<projector::Worker> one;
};

}  // namespace

TEST_CASE("votes of the ledger become results") {
  Lunch shop(3);
  shop.vote(1, 0);
  shop.vote(2, 2);
  shop.append(ballot(kLunch, 2, {2}, {}, 7));
  shop.drain(*shop.one);
  CHECK(shop.result() == "{1,0,1}|2|1");
  shop.vote(3, 2);
  shop.drain(*shop.one);
  CHECK(shop.result() == "{1,0,2}|3|1");
}

TEST_CASE_FIXTURE(Lunch, "entries of one transaction are stored poll by poll") {
  append(opening(kDinner));
  for (std::uint8_t who = 1; who <= 2; ++who) {
    for (const events::PollId poll : {kLunch, kDinner}) append(ballot(poll, who, {0}));
  }
  drain(*one);
  CHECK(database.rows("SELECT poll_id, seq FROM read_1.poll_events ORDER BY ctid") ==
        Rows{"7|0", "3|0", "3|1", "3|2", "7|1", "7|2"});
}

TEST_CASE_FIXTURE(Lunch, "what comes within 20 ms shares a transaction") {
  const auto began = std::chrono::steady_clock::now();
  for (std::uint8_t who = 1; who <= 5; ++who) {
    vote(who, 0);
    one->round(all(), kNow);
  }
  CHECK(result() == "{5,0,0}|5|0");
  // Four times from one begin to the next, in whole milliseconds of the clock.
  CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(79));
}

TEST_CASE("a projector that starts anew goes on where the read tables are") {
  Lunch shop(2);
  shop.vote(1, 0);
  shop.drain(*shop.one);
  shop.one.reset();
  shop.append(ballot(kLunch, 1, {1}, events::Seq(1), 2));
  auto second = shop.worker("second");
  shop.drain(*second);
  CHECK(shop.result() == "{0,1,0}|1|0");
  CHECK(shop.entries() == "3");
}

TEST_CASE_FIXTURE(Lunch,
                  "of two projectors on one partition one stands back, nothing is written twice") {
  auto two = worker("two");
  for (std::uint8_t round = 1; round <= 20; ++round) {
    vote(round, round % 3);
    if (round % 2 == 0) {
      drain(*one);
      two->round(all(), kNow);
    } else {
      two->round(all(), kNow);
      one->round(all(), kNow);
    }
  }
  drain(*two);
  drain(*one);
  CHECK(result() == "{6,7,7}|20|0");
  CHECK(database.row("SELECT count(*), max(seq) FROM read_1.poll_events") == "21|20");
}

TEST_CASE_FIXTURE(Lunch, "a standby folds up to the committed position and takes over at once") {
  auto standby = worker("standby");
  vote(1, 0);
  drain(*one);
  vote(2, 1);
  for (int i = 0; i < 3; ++i) {
    standby->round({}, kNow);
    clock.advance(1000);
  }
  CHECK(standby->folds().at(0).next() == 2);
  CHECK(database.row("SELECT next_offset FROM read_1.positions") == "2");
  standby->round(all(), kNow);
  CHECK(standby->owned() == all());
  drain(*standby);
  CHECK(result() == "{1,1,0}|2|0");
}

TEST_CASE("a partition that is there already does not hold up the folding of another") {
  Lunch shop(2);
  REQUIRE(shop.home(kLunch) != shop.home(kDinner));
  shop.append(opening(kDinner));
  const auto vote_300_times = [&shop](events::PollId poll) {
    for (int i = 0; i < 300; ++i) {
      shop.append(ballot(poll, static_cast<std::uint8_t>(i % 250), {1}));
    }
  };
  vote_300_times(kDinner);
  shop.drain(*shop.one);
  projector::ProjectorSettings settings = shop.settings("second");
  settings.batch_records = 10;
  auto second = shop.worker(settings);
  const projector::PartitionFold& lunch = second->folds().at(shop.home(kLunch));
  ledger::Offset read_before_last = 0;
  const auto rounds_until_all_are_owned = [&] {
    int rounds = 0;
    for (; second->owned() != shop.all(); ++rounds) {
      read_before_last = lunch.next();
      second->round(shop.all(), std::chrono::seconds(1));
    }
    return rounds;
  };
  SUBCASE("when nothing comes to it, though a round may wait a second for it") {
    const auto began = std::chrono::steady_clock::now();
    CHECK(rounds_until_all_are_owned() > 20);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
  }
  SUBCASE("when much waits for it: they take turns") {
    for (int i = 0; i < 4; ++i) vote_300_times(kLunch);
    CHECK(rounds_until_all_are_owned() > 20);
    // The last round has nobody left to share with.
    CHECK(read_before_last > 100);
    CHECK(read_before_last < 1000);
  }
}

TEST_CASE_FIXTURE(Lunch, "a projector that loses its backend writes the same rows again") {
  for (std::uint8_t who = 1; who <= 5; ++who) {
    vote(who, 1);
    database.exec(
        "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
    CHECK_THROWS_AS(one->round(all(), std::chrono::milliseconds(100)), Unavailable);
    CHECK_FALSE(one->clean());
    drain(*one);
  }
  CHECK(result() == "{0,5,0}|5|0");
  CHECK(entries() == "6");
}

TEST_CASE("what one connection wrote stays written when another is lost") {
  Lunch shop(2);
  REQUIRE(shop.home(kLunch) != shop.home(kDinner));
  shop.append(opening(kDinner));
  shop.drain(*shop.one);
  for (std::uint8_t who = 1; who <= 4; ++who) {
    for (const events::PollId poll : {kLunch, kDinner}) shop.append(ballot(poll, who, {1}));
    shop.database.exec(
        std::string("SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' "
                    "ORDER BY backend_start ") +
        (who % 2 == 0 ? "DESC" : "ASC") + " LIMIT 1");
    CHECK_THROWS_AS(shop.one->round(shop.all(), std::chrono::milliseconds(100)), Unavailable);
    shop.drain(*shop.one);
  }
  CHECK(shop.database.rows("SELECT votes, voters FROM read_1.poll_results") ==
        Rows{"{0,4,0}|4", "{0,4,0}|4"});
  CHECK(shop.entries() == "10");
}

TEST_CASE("connections that are lost while batches follow each other cost nothing") {
  Lunch shop(2);
  shop.append(opening(kDinner));
  for (std::uint8_t nth = 0; nth < 20; ++nth) {
    const auto choice = static_cast<std::uint8_t>(nth % 2);
    for (std::uint8_t who = 1; who <= 100; ++who) {
      for (const events::PollId poll : {kLunch, kDinner}) {
        shop.append(ballot(poll, who, {choice}, {}, nth));
      }
    }
  }
  auto settings = shop.settings("two");
  settings.batch_records = 50;
  auto two = shop.worker(settings);
  std::atomic<bool> over = false;
  auto lose = runtime::start_thread("lose", [&] {
    ReadDatabase& database = shop.database;
    for (int nth = 0; !over; ++nth) {
      database.exec(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
          "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
      runtime::pause({}, std::chrono::milliseconds(10 + nth % 7));
    }
  });
  int lost = 0;
  for (int rounds = 0; rounds < 5000 && !shop.at_ends(*two, shop.all()); ++rounds) {
    try {
      two->round(shop.all(), kNow);
    } catch (const Unavailable&) {
      ++lost;
      two->disconnect();
    }
  }
  over = true;
  lose.join();
  REQUIRE(shop.at_ends(*two, shop.all()));
  MESSAGE("lost " << lost << " times");
  CHECK(lost > 0);
  CHECK(shop.entries() == "4002");
  const auto verified =
      projector::verify({.ledger = shop.ledger, .database = shop.database.target()});
  CHECK(verified.differences.none());
}

TEST_CASE_FIXTURE(Lunch,
                  "what follows a batch that another projector wrote is not written either") {
  auto settings = this->settings("small");
  settings.batch_records = 1;
  auto small = worker(settings);
  drain(*small);
  for (std::uint8_t who = 1; who <= 5; ++who) vote(who, 1);
  drain(*one);
  // Its first batch is refused while it has read the second.
  drain(*small);
  vote(6, 0);
  drain(*small);
  CHECK(result() == "{1,5,0}|6|0");
  CHECK(entries() == "7");
}

TEST_CASE_FIXTURE(Lunch, "a commit that went through without an answer is not written again") {
  auto twin = worker("twin");
  vote(1, 1);
  one->round(all(), kNow);
  // The same batch from the same position: what a retry after a lost answer would send.
  twin->round(all(), kNow);
  twin->round(all(), kNow);
  CHECK(entries() == "2");
  vote(2, 1);
  drain(*twin);
  CHECK(result() == "{0,2,0}|2|0");
}

TEST_CASE("strays of each kind are recorded and have no effect") {
  Lunch shop(2);
  shop.append(kLunch, "no JSON");
  shop.append(kLunch, R"({"poll":"000000000007"})");
  shop.append(1 - shop.home(kLunch), kLunch.text(), events::encode(ballot(kLunch, 1, {0})));
  shop.append(kLunch, events::encode(ballot(kLunch, 1, {0})) + " ");
  shop.append(ballot(kDinner, 1, {0}));
  shop.vote(2, 0);
  shop.drain(*shop.one);
  CHECK(shop.database.rows("SELECT cause FROM read_1.stray_records ORDER BY cause") ==
        Rows{"1", "2", "3", "4", "5"});
  CHECK(shop.result() == "{1,0,0}|1|0");
  CHECK(shop.database.row("SELECT count(*) FROM read_1.polls") == "1");
  CHECK(shop.metrics.expose().find("flashpoll_projector_strays_total 5") != std::string::npos);
}

TEST_CASE_FIXTURE(Lunch, "a ledger that is shorter than the read tables is refused") {
  vote(1, 1);
  drain(*one);
  one.reset();
  log->cut(0, 1);
  CHECK_THROWS_WITH_AS(worker(), doctest::Contains("shorter than"), Corrupt);
}

TEST_CASE_FIXTURE(Lunch, "a ledger with another last record is refused") {
  vote(1, 1);
  drain(*one);
  one.reset();
  log->exchange(0, 1, events::encode(ballot(kLunch, 1, {2})));
  CHECK_THROWS_WITH_AS(worker(), doctest::Contains("different from"), Corrupt);
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

TEST_CASE_FIXTURE(Lunch,
                  "after a switch of the read tables the projector goes on in the new ones") {
  vote(1, 1);
  drain(*one);
  put_new_tables_in_force();
  vote(2, 1);
  drain(*one);
  CHECK(entries("read_1") == "2");
  CHECK(entries("read_2") == "3");
}

TEST_CASE_FIXTURE(Lunch, "a standby follows the read tables that are in force") {
  auto standby = worker("standby");
  standby->round({}, kNow);
  put_new_tables_in_force();
  vote(2, 1);
  drain(*one);
  clock.advance(5000);
  standby->round({}, kNow);
  CHECK(standby->folds().at(0).next() == 2);
}

}  // namespace flashpoll::test
