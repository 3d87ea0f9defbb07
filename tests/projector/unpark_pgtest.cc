#include <doctest/doctest.h>

#include "projector/unpark.h"
#include "tests/projector/worker_bench.h"

namespace flashpoll::test {

using Rows = std::vector<std::string>;

namespace {

const events::PollId kLunch = poll_id(7);
const events::PollId kDinner = poll_id(3);
const events::PollId kSupper = poll_id(11);

const char* const kStatus =
    "SELECT poll_id, seq, votes, status FROM read_1.poll_results ORDER BY 1";

projector::ProjectorSettings older(const Workshop& shop, std::string_view unknown) {
  auto settings = shop.settings("older");
  settings.decoder = without(unknown);
  return settings;
}

projector::ProjectorSettings newer(const Workshop& shop, const std::string& name = "newer") {
  auto settings = shop.settings(name);
  settings.reader = 2;
  return settings;
}

events::VoteRetracted retraction(events::PollId poll, std::uint8_t who, std::uint64_t seq) {
  return {.poll = poll, .voter = voter(who), .vote_id = uuid(77), .replaces = events::Seq(seq)};
}

/// A retraction in the middle of one poll, which an older build cannot read.
void append_history(Workshop& shop) {
  shop.append(opening(kLunch));
  shop.append(opening(kDinner));
  shop.append(ballot(kLunch, 1, {0}));
  shop.append(retraction(kLunch, 1, 1));
  shop.append(ballot(kLunch, 1, {2}, events::Seq(2), 5));
  shop.append(ballot(kDinner, 1, {1}));
  shop.clock.advance(3000);
  shop.append(ballot(kLunch, 2, {1}));
  shop.append(kLunch, "a stray under the poll's key");
}

}  // namespace

TEST_CASE("a record of an unknown type parks its poll alone") {
  Workshop shop(1);
  append_history(shop);
  auto worker = shop.worker(older(shop, "vote.retracted.v1"));
  shop.drain(*worker);
  CHECK(shop.database.rows(kStatus) == Rows{"3|1|{0,1,0}|0", "7|1|{1,0,0}|3"});
  CHECK(shop.database.row("SELECT poll_id, record_offset, type, seq FROM read_1.parked_polls") ==
        "7|3|vote.retracted.v1|1");
  shop.append(ballot(kLunch, 9, {1}));
  shop.append(ballot(kDinner, 9, {1}));
  shop.drain(*worker);
  CHECK(shop.database.rows(kStatus) == Rows{"3|2|{0,2,0}|0", "7|1|{1,0,0}|3"});
}

TEST_CASE("a build that knows the type goes on, to the rows of a rebuild") {
  Workshop shop(1);
  append_history(shop);
  shop.drain(*shop.worker(older(shop, "vote.retracted.v1")));
  shop.drain(*shop.worker(newer(shop)));
  CHECK(shop.database.rows(kStatus) == Rows{"3|1|{0,1,0}|0", "7|4|{0,1,1}|0"});
  CHECK(shop.database.row("SELECT count(*) FROM read_1.parked_polls") == "0");
  CHECK(shop.dump("read_1") == shop.dump_of_refold(newer(shop)));
}

TEST_CASE("votes that come after the un-parking are counted on it") {
  Workshop shop(1);
  append_history(shop);
  shop.drain(*shop.worker(older(shop, "vote.retracted.v1")));
  auto worker = shop.worker(newer(shop));
  shop.drain(*worker);
  shop.append(ballot(kLunch, 1, {0}, events::Seq(3), 8));
  shop.drain(*worker);
  CHECK(shop.database.rows(kStatus) == Rows{"3|1|{0,1,0}|0", "7|5|{1,1,0}|0"});
  CHECK(shop.dump("read_1") == shop.dump_of_refold(newer(shop)));
}

TEST_CASE("a poll that is parked for two types goes on in two steps") {
  Workshop shop(1);
  append_history(shop);
  shop.append(events::PollExtended{kLunch, uuid(4), kOpeningTime + 9'000'000});
  shop.append(ballot(kLunch, 3, {1}));
  auto neither = shop.settings("oldest");
  neither.decoder = [](const events::RecordView& record, std::uint32_t count) {
    const auto decoded = without("vote.retracted.v1")(record, count);
    return std::holds_alternative<events::Unknown>(decoded)
               ? decoded
               : without("poll.extended.v1")(record, count);
  };
  shop.drain(*shop.worker(neither));
  shop.drain(*shop.worker(older(shop, "poll.extended.v1")));
  CHECK(shop.database.row("SELECT record_offset, type, seq FROM read_1.parked_polls") ==
        "8|poll.extended.v1|4");
  CHECK(shop.database.row("SELECT seq, status FROM read_1.poll_results WHERE poll_id = 7") ==
        "4|3");
  shop.drain(*shop.worker(newer(shop)));
  CHECK(shop.dump("read_1") == shop.dump_of_refold(newer(shop)));
}

TEST_CASE("a long way from where a poll is parked is gone in portions") {
  Workshop shop(1);
  append_history(shop);
  for (int i = 0; i < 25'000; ++i) {
    shop.append(ballot(kLunch, 1, {0}, {}, static_cast<std::uint8_t>(i % 200)));
    if (i % 3000 == 0) shop.clock.advance(700);
  }
  shop.drain(*shop.worker(older(shop, "vote.retracted.v1")));
  shop.drain(*shop.worker(newer(shop)));
  CHECK(shop.database.row("SELECT seq, votes, status FROM read_1.poll_results WHERE poll_id = 7") ==
        "25004|{0,1,1}|0");
  CHECK(shop.dump("read_1") == shop.dump_of_refold(newer(shop)));
}

TEST_CASE("an id that was parked before it was opened goes on, opened or not") {
  Workshop shop(1);
  shop.append(retraction(kSupper, 1, 1));
  shop.append(opening(kSupper));
  shop.append(ballot(kSupper, 1, {1}));
  shop.append(retraction(kDinner, 1, 1));
  shop.append(ballot(kDinner, 1, {1}));
  shop.drain(*shop.worker(older(shop, "vote.retracted.v1")));
  CHECK(shop.database.row("SELECT count(*) FROM read_1.polls") == "0");
  CHECK(shop.database.row("SELECT count(*), count(seq) FROM read_1.parked_polls") == "2|0");
  auto worker = shop.worker(newer(shop));
  shop.drain(*worker);
  shop.append(opening(kDinner));
  shop.append(ballot(kDinner, 1, {1}));
  shop.drain(*worker);
  CHECK(shop.database.rows(kStatus) == Rows{"3|1|{0,1,0}|0", "11|1|{0,1,0}|0"});
  CHECK(shop.dump("read_1") == shop.dump_of_refold(newer(shop)));
}

TEST_CASE("a standby whose fold was read beyond a parked poll begins anew when it takes over") {
  Workshop shop(1);
  auto standby = shop.worker(newer(shop, "standby"));
  append_history(shop);
  shop.drain(*shop.worker(older(shop, "vote.retracted.v1")));
  for (int i = 0; i < 3; ++i) {
    shop.clock.advance(1000);
    standby->round({}, std::chrono::milliseconds(1));
  }
  shop.drain(*standby);
  CHECK(shop.dump("read_1") == shop.dump_of_refold(newer(shop)));
}

TEST_CASE("a standby that still has a poll parked begins anew when another un-parked it") {
  Workshop shop(1);
  append_history(shop);
  shop.drain(*shop.worker(older(shop, "vote.retracted.v1")));
  auto standby = shop.worker(newer(shop, "standby"));
  for (int i = 0; i < 3; ++i) {
    shop.clock.advance(1000);
    standby->round({}, std::chrono::milliseconds(1));
  }
  CHECK(standby->folds().at(0).fold().is_parked(kLunch));
  shop.drain(*shop.worker(newer(shop, "owner")));
  shop.append(ballot(kLunch, 4, {0}));
  shop.drain(*standby);
  CHECK(shop.dump("read_1") == shop.dump_of_refold(newer(shop)));
}

}  // namespace flashpoll::test
