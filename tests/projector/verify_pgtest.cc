#include <doctest/doctest.h>

#include <atomic>

#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"
#include "projector/green.h"
#include "projector/projector.h"
#include "projector/rebuild.h"
#include "projector/verify.h"
#include "tests/projector/worker_bench.h"

namespace flashpoll::test {

using projector::RefoldSource;
using projector::Verified;

namespace {

const events::PollId kLunch = poll_id(7);
const events::PollId kDinner = poll_id(3);

RefoldSource source(Workshop& shop) {
  return {.ledger = shop.ledger, .database = shop.database.target()};
}

/// Two polls with votes over several seconds, a stray, and a parked poll.
void fill(Workshop& shop) {
  shop.append(opening(kLunch));
  shop.append(opening(kDinner));
  for (std::uint8_t who = 1; who <= 40; ++who) {
    shop.append(ballot(kLunch, who, {static_cast<std::uint8_t>(who % 3)}));
    if (who % 10 == 0) shop.clock.advance(1500);
    shop.append(ballot(kDinner, who, {0}));
    shop.append(ballot(kDinner, who, {1}, {}, 2));
  }
  shop.append(kLunch, "a stray");
  shop.append(poll_id(99), R"({"type":"poll.merged.v1","poll":"000000000033"})");
  shop.append(events::PollClosed{kDinner, uuid(4), events::ClosedBy::owner});
}

void fold(Workshop& shop) {
  fill(shop);
  shop.drain(*shop.worker());
}

/// The only difference's line.
std::string only(const projector::Differences& differences) {
  REQUIRE(differences.count == 1);
  REQUIRE(differences.named.size() == 1);
  return differences.named[0];
}

/// What verifying finds after somebody changed the tables.
projector::Differences after(const std::string& change,
                             std::optional<events::PollId> poll = std::nullopt,
                             projector::Depth depth = projector::Depth::rows) {
  Workshop shop(2);
  fold(shop);
  shop.database.exec(change);
  return projector::verify(source(shop), poll, depth).differences;
}

}  // namespace

TEST_CASE("what a projector wrote is what the ledger says, and nothing is left behind") {
  Workshop shop(2);
  fold(shop);
  const Verified verified = projector::verify(source(shop));
  CHECK(verified.differences.none());
  CHECK(verified.records == 125);
  CHECK(verified.entries == 123);
  CHECK(shop.database.row("SELECT count(*) FROM pg_namespace WHERE nspname = 'verify'") == "0");
}

TEST_CASE("each kind of changed row is found and named") {
  CHECK(only(after("UPDATE read_1.poll_results SET votes[1] = votes[1] + 1 WHERE poll_id = 7"))
            .starts_with("poll_results: stored (7,"));
  CHECK(after("UPDATE read_1.poll_results SET seq = 1000 WHERE poll_id = 7")
            .named.at(0)
            .starts_with("poll_results: stored (7,1000,"));
  CHECK(only(after("UPDATE read_1.polls SET question = 'Else?' WHERE poll_id = 3")).find("Else?") !=
        std::string::npos);
  CHECK(only(after("UPDATE read_1.poll_events SET reason = 0 WHERE poll_id = 3 AND seq = 2"))
            .starts_with("poll_events: stored (3,2,"));
  CHECK(only(after("DELETE FROM read_1.poll_events WHERE poll_id = 7 AND seq = 5"))
            .starts_with("poll_events: stored none, from the ledger (7,5,"));
  CHECK(only(after("UPDATE read_1.result_history SET voters = 0 WHERE poll_id = 7 AND seq = 10"))
            .starts_with("result_history: stored (7,10,"));
  CHECK(only(after("DELETE FROM read_1.stray_records")).starts_with("stray_records: stored none"));
  CHECK(only(after("UPDATE read_1.parked_polls SET type = 'a.b.v1'"))
            .starts_with("parked_polls: stored (99,"));
}

TEST_CASE("what rows add up to tells that all is equal, and only then") {
  const auto agree = [](const std::string& change) {
    Workshop shop(2);
    fold(shop);
    shop.database.exec(change);
    projector::Green green(source(shop), projector::Purpose::scratch, {},
                           projector::Bulk::only_summed);
    green.build();
    for (const events::PollId poll : {kLunch, kDinner}) shop.append(ballot(poll, 77, {0}));
    shop.append(opening(poll_id(8)));
    shop.drain(*shop.worker());
    pg::Transaction transaction(green.connection());
    const auto verified = green.finish();
    if (verified) CHECK(verified->entries == 126);
    return verified && verified->differences.none();
  };
  CHECK(agree("SELECT 1"));
  CHECK_FALSE(agree("UPDATE read_1.poll_events SET at = at + 1 WHERE poll_id = 7 AND seq = 3"));
  CHECK_FALSE(agree("DELETE FROM read_1.poll_events WHERE poll_id = 3 AND seq = 3"));
  CHECK_FALSE(agree("DELETE FROM read_1.result_history WHERE poll_id = 7 AND seq = 10"));
  CHECK_FALSE(agree("UPDATE read_1.polls SET question = 'Else?' WHERE poll_id = 7"));
  // What the result says of the latest entry divides the two readings; here the next entry heals
  // it.
  CHECK(agree("UPDATE read_1.poll_results SET seq = 3 WHERE poll_id = 7"));
  CHECK(agree("DELETE FROM read_1.poll_results WHERE poll_id = 7"));
  CHECK_FALSE(agree("UPDATE read_1.poll_results SET seq = 1000 WHERE poll_id = 7"));
}

TEST_CASE("rows that the ledger does not know are found") {
  CHECK(only(after("INSERT INTO read_1.poll_events SELECT 7, 41, at, type, reason, voter, vote_id, "
                   "choices, replaces, added, removed, original, body FROM read_1.poll_events "
                   "WHERE poll_id = 7 AND seq = 40"))
            .starts_with("poll_events behind the result: stored (7,41)"));
  CHECK(only(after("INSERT INTO read_1.poll_events SELECT 8, 0, at, type, reason, voter, vote_id, "
                   "choices, replaces, added, removed, original, body FROM read_1.poll_events "
                   "WHERE poll_id = 7 AND seq = 40"))
            .starts_with("poll_events: stored (8,0,"));
  CHECK(only(after("INSERT INTO read_1.result_history SELECT 7, 40, at, votes, voters, counted, "
                   "voided FROM read_1.result_history WHERE poll_id = 7 AND seq = 0"))
            .starts_with("result_history behind the result: stored (7,40)"));
}

TEST_CASE("one poll can be verified alone") {
  const char* const change = "UPDATE read_1.poll_results SET voters = 9 WHERE poll_id = 7";
  CHECK(after(change, kDinner).none());
  CHECK(after(change, kLunch).count == 1);
  CHECK(after("UPDATE read_1.poll_events SET at = 1 WHERE poll_id = 7 AND seq = 3", kLunch).count ==
        1);
}

TEST_CASE("counts can be verified alone, of all polls or one") {
  Workshop shop(2);
  fold(shop);
  const Verified verified = projector::verify(source(shop), {}, projector::Depth::counts);
  CHECK(verified.differences.none());
  CHECK(verified.records == 125);
  CHECK(verified.entries == 0);
  const auto counts = [](const std::string& change, std::optional<events::PollId> poll = {}) {
    return after(change, poll, projector::Depth::counts);
  };
  const char* const more =
      "UPDATE read_1.poll_results SET votes[1] = votes[1] + 1 "
      "WHERE poll_id = 7";
  CHECK(only(counts(more)).starts_with("poll_results: stored (7,"));
  CHECK(counts(more, kLunch).count == 1);
  CHECK(counts(more, kDinner).none());
  CHECK(only(counts("UPDATE read_1.polls SET question = 'Else?' WHERE poll_id = 3"))
            .starts_with("polls: stored (3,"));
  CHECK(only(counts("DELETE FROM read_1.poll_events WHERE poll_id = 7 AND seq = 40"))
            .starts_with("poll_events behind the result"));
  // What only comparing each entry finds.
  CHECK(counts("UPDATE read_1.poll_events SET at = 1 WHERE poll_id = 7 AND seq = 3").none());
}

TEST_CASE("verifying goes on while a projector writes") {
  Workshop shop(2);
  fill(shop);
  projector::Projector running(shop.ports(), shop.settings("one"), {});
  running.restore();
  running.start();
  for (std::uint8_t round = 0; round < 3; ++round) {
    for (std::uint8_t who = 100; who < 120; ++who) {
      shop.append(ballot(kLunch, who + round * 20, {0}));
    }
    CHECK(projector::verify(source(shop)).differences.none());
  }
}

TEST_CASE("a ledger that lost records is refused by verify") {
  Workshop shop(1);
  fold(shop);
  shop.log->cut(0, 60);
  CHECK_THROWS_AS((void)projector::verify(source(shop)), Corrupt);
}

TEST_CASE("only one verify or rebuild runs at a time") {
  Workshop shop(1);
  fold(shop);
  const RefoldSource one = source(shop);
  projector::Green under_way(one, projector::Purpose::scratch);
  CHECK_THROWS_WITH_AS((void)projector::verify(one), doctest::Contains("under way"), Unavailable);
}

TEST_CASE("a rebuild switches readers and projectors to new tables, and keeps the former ones") {
  Workshop shop(2);
  fold(shop);
  const auto before = shop.dump("read_1");
  const auto first = projector::rebuild(source(shop), false);
  CHECK(first.switched);
  CHECK(first.schema == "read_2");
  CHECK(shop.database.row("SELECT schema_name, former FROM checkpoints.read_pointer") ==
        "read_2|read_1");
  CHECK(shop.dump("read_2") == before);
  CHECK(shop.dump("read_1") == before);

  shop.append(ballot(kLunch, 200, {0}));
  shop.drain(*shop.worker());
  CHECK(shop.database.row("SELECT max(seq) FROM read_2.poll_events WHERE poll_id = 7") == "41");
  CHECK(projector::rebuild(source(shop), false).schema == "read_3");
  CHECK(shop.database.row("SELECT count(*) FROM pg_namespace WHERE nspname = 'read_1'") == "0");
}

TEST_CASE("a rebuild that finds a difference changes nothing, unless it is accepted") {
  Workshop shop(2);
  fold(shop);
  shop.database.exec("UPDATE read_1.poll_results SET votes[1] = 99 WHERE poll_id = 7");
  const auto refused = projector::rebuild(source(shop), false);
  CHECK_FALSE(refused.switched);
  CHECK(only(refused.verified.differences).find("99") != std::string::npos);
  CHECK(shop.database.row("SELECT schema_name FROM checkpoints.read_pointer") == "read_1");
  CHECK(shop.database.row("SELECT count(*) FROM pg_namespace WHERE nspname = 'read_2'") == "0");

  CHECK(projector::rebuild(source(shop), true).switched);
  CHECK(shop.database.row("SELECT votes[1] FROM read_2.poll_results WHERE poll_id = 7") == "13");
}

TEST_CASE("read tables that another version made are refused, and replaced by a rebuild") {
  Workshop shop(2);
  fold(shop);
  shop.database.exec(
      "COMMENT ON SCHEMA read_1 IS 'another'; ALTER TABLE read_1.poll_events "
      "ALTER COLUMN choices TYPE smallint[] USING '{}'");
  const auto refused = doctest::Contains("flashpoll migrate");
  CHECK_THROWS_WITH_AS((void)shop.worker(), refused, Misconfigured);
  CHECK_THROWS_WITH_AS((void)projector::verify(source(shop)), refused, Misconfigured);
  CHECK(shop.database.row("SELECT count(*) FROM pg_namespace WHERE nspname = 'verify'") == "0");

  const auto rebuilt = projector::rebuild_of_another_version(source(shop));
  REQUIRE(rebuilt);
  CHECK(rebuilt->switched);
  CHECK_FALSE(rebuilt->verified.compared);
  CHECK_FALSE(projector::rebuild_of_another_version(source(shop)));
  shop.append(ballot(kLunch, 200, {0}));
  shop.drain(*shop.worker());
  CHECK(projector::verify(source(shop)).differences.none());
}

TEST_CASE("a rebuild under load loses nothing, and no read finds a gap") {
  Workshop shop(2);
  fill(shop);
  projector::Projector running(shop.ports(), shop.settings("one"), {});
  running.restore();
  running.start();
  std::atomic<bool> done = false;
  auto load = runtime::start_thread("load", [&] {
    for (std::uint8_t who = 60; who < 250 && !done; ++who) shop.append(ballot(kLunch, who, {2}));
  });
  std::int64_t seen = -1;
  auto reads = runtime::start_thread("reads", [&] {
    pg::Connection reader(shop.database.target());
    while (!done) {
      const auto pointer = projector::read_pointer(reader);
      const auto row =
          reader.exec("SELECT seq FROM " + pointer->schema + ".poll_results WHERE poll_id = 7");
      if (row.rows() == 0) continue;
      if (row.integer(0, 0) < seen) break;
      seen = row.integer(0, 0);
    }
    if (!done) seen = -2;
  });
  const auto rebuilt = projector::rebuild(source(shop), false);
  load.join();
  done = true;
  reads.join();
  CHECK(rebuilt.switched);
  CHECK(seen != -2);
  running.stop();
  shop.drain(*shop.worker("last"));
  CHECK(projector::verify(source(shop)).differences.none());
  CHECK(shop.database.row("SELECT votes FROM read_2.poll_results WHERE poll_id = 7") ==
        "{13,14,203}");
}

}  // namespace flashpoll::test
