#include <doctest/doctest.h>

#include "infra/runtime/fault.h"
#include "projector/read_model.h"
#include "tests/projector/partition_script.h"
#include "tests/projector/read_database.h"

namespace flashpoll::test {

using projector::PartitionMark;
using projector::ReadModel;
using projector::Step;
using projector::Tables;
using Stuck = std::vector<ledger::Partition>;

namespace {

const events::PollId kLunch = poll_id(7);
const events::PollId kDinner = poll_id(3);

PartitionMark mark(ledger::Offset next) {
  if (next == 0) return {};
  PartitionMark mark{.next = next, .last = events::LastRecord{.offset = next - 1, .digest = {}}};
  mark.last->digest[0] = static_cast<std::uint8_t>(next);
  return mark;
}

Step step(ledger::Partition partition, ledger::Offset from, ledger::Offset to,
          projector::RowChanges rows) {
  return {.partition = partition,
          .from = mark(from),
          .to = mark(to),
          .rows = std::move(rows),
          .unparked = {}};
}

Stuck write(ReadModel& model, Step one) { return model.write(std::vector<Step>{std::move(one)}); }

}  // namespace

TEST_CASE("the rows of a step stand in the tables as the projection made them") {
  ReadDatabase database(4);
  ReadModel model(pg::Connection(database.target()), "read_1", Tables::serving, 1);
  events::PollOpened open = opening(kLunch);
  open.question = "\"Lunch\\dinner\"?";
  open.choices = {"a \"b\"", "{c,d}", "NULL", "\\"};
  open.opens_at = 5;
  Script script;
  script.event(open)
      .at(10)
      .event(ballot(kLunch, 1, {0}))
      .event(ballot(kLunch, 1, {3, 2}, events::Seq(1), 2))
      .at(1500)
      .event(ballot(kLunch, 2, {1}))
      .event(events::PollClosed{kLunch, uuid(9), events::ClosedBy::owner});
  CHECK(write(model, step(2, 0, 5, script.take())) == Stuck{});

  CHECK(database.row("SELECT question, choices[1], choices[2], choices[3], choices[4], "
                     "cardinality(choices), opening_id, opens_at, opened_at, state, closed_seq, "
                     "closed_by, octet_length(manage), octet_length(key), allow_change, hidden_seq "
                     "FROM read_1.polls WHERE poll_id = 7") ==
        "\"Lunch\\dinner\"?|a \"b\"|{c,d}|NULL|\\|4|00000000-0000-0000-0000-0000000000c8|5|"
        "1700000000000|1|4|0|32|8|t|");
  CHECK(database.row("SELECT seq, at, votes, voters, counted, voided, status "
                     "FROM read_1.poll_results WHERE poll_id = 7") ==
        "4|1700000001500|{1,1,0,0}|2|4|1|1");
  CHECK(database.rows("SELECT seq, type, reason, voter, vote_id, choices, replaces, "
                      "added, removed, original, body IS NULL FROM read_1.poll_events "
                      "WHERE poll_id = 7 AND seq IN (1, 2) ORDER BY seq") ==
        std::vector<std::string>{"1|2|0|01000000-0000-0000-0000-000000000000|00000000-0000-0000-"
                                 "0000-000000000001|\\x00||\\x00|\\x||t",
                                 "2|2|7|01000000-0000-0000-0000-000000000000|00000000-0000-0000-"
                                 "0000-000000000002|\\x0302|1|\\x|\\x|1|t"});
  CHECK(database.row("SELECT body FROM read_1.poll_events WHERE seq = 0") == events::encode(open));
  CHECK(database.rows("SELECT seq, at, votes, voters FROM read_1.result_history ORDER BY seq") ==
        std::vector<std::string>{"0|1700000000000|{0,0,0,0}|0", "2|1700000000010|{1,0,0,0}|1"});
  CHECK(model.positions().at(2).mark == mark(5));
  CHECK(model.positions().at(1).mark == mark(0));
}

TEST_CASE("a step that is written already changes nothing when it comes again") {
  ReadDatabase database(2);
  ReadModel model(pg::Connection(database.target()), "read_1", Tables::serving, 1);
  Script script;
  const Step first = step(0, 0, 1, script.event(opening(kLunch)).take());
  CHECK(write(model, first) == Stuck{});
  CHECK(write(model, first) == Stuck{0});
  CHECK(database.row("SELECT count(*) FROM read_1.poll_events") == "1");
  CHECK(model.positions().at(0).mark == mark(1));
}

TEST_CASE("when one partition is stuck, none of the transaction is written") {
  ReadDatabase database(2);
  ReadModel model(pg::Connection(database.target()), "read_1", Tables::serving, 1);
  Script left;
  Script right;
  CHECK(write(model, step(0, 0, 1, left.event(opening(kLunch)).take())) == Stuck{});
  const std::vector<Step> both{step(0, 0, 1, {}),
                               step(1, 0, 1, right.event(opening(kDinner)).take())};
  CHECK(model.write(both) == Stuck{0});
  CHECK(database.row("SELECT count(*) FROM read_1.polls WHERE poll_id = 3") == "0");
  CHECK(model.positions().at(1).mark == mark(0));
}

TEST_CASE("a later closing keeps who closed, and hiding changes state and status") {
  ReadDatabase database(1);
  ReadModel model(pg::Connection(database.target()), "read_1", Tables::serving, 1);
  Script script;
  script.event(opening(kLunch)).event(events::PollClosed{kLunch, uuid(1), events::ClosedBy::owner});
  CHECK(write(model, step(0, 0, 2, script.take())) == Stuck{});
  script.at(9).event(events::PollHidden{kLunch, uuid(2)});
  CHECK(write(model, step(0, 2, 3, script.take())) == Stuck{});
  CHECK(database.row("SELECT state, closed_seq, closed_by, hidden_seq, hidden_at, status "
                     "FROM read_1.polls JOIN read_1.poll_results USING (poll_id)") ==
        "2|1|0|2|1700000000009|2");
}

TEST_CASE("a projector of an older vocabulary cannot write behind a newer one") {
  ReadDatabase database(1);
  ReadModel newer(pg::Connection(database.target()), "read_1", Tables::serving, 2);
  ReadModel older(pg::Connection(database.target()), "read_1", Tables::serving, 1);
  Script script;
  CHECK(write(newer, step(0, 0, 1, script.event(opening(kLunch)).take())) == Stuck{});
  CHECK(write(older, step(0, 1, 2, script.event(ballot(kLunch, 1, {0})).take())) == Stuck{0});
  CHECK(newer.positions().at(0).reader == 2);
}

TEST_CASE("after a switch to other tables nothing is written into the former ones") {
  ReadDatabase database(1);
  ReadModel serving(pg::Connection(database.target()), "read_1", Tables::serving, 1);
  projector::create_read_tables(database.connection(), "read_2", 1);
  ReadModel building(pg::Connection(database.target()), "read_2", Tables::building, 1);
  Script script;
  const auto rows = script.event(opening(kLunch)).take();
  CHECK(write(building, step(0, 0, 1, rows)) == Stuck{});
  database.exec("UPDATE checkpoints.read_pointer SET schema_name = 'read_2'");
  CHECK(write(serving, step(0, 0, 1, rows)) == Stuck{0});
  CHECK(database.row("SELECT count(*) FROM read_1.polls") == "0");
  CHECK(database.row("SELECT count(*) FROM read_2.polls") == "1");
}

TEST_CASE("one notification per transaction names each changed poll with its seq") {
  ReadDatabase database(2);
  ReadModel model(pg::Connection(database.target()), "read_1", Tables::serving, 1);
  pg::Connection listener(database.target());
  listener.exec("LISTEN flashpoll_results");
  Script left;
  Script right;
  left.event(opening(kLunch)).event(ballot(kLunch, 1, {0}));
  right.event(opening(kDinner));
  CHECK(model.write(std::vector<Step>{step(0, 0, 2, left.take()), step(1, 0, 1, right.take())}) ==
        Stuck{});
  const auto heard = listener.notifications(std::chrono::seconds(5), nullptr);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].payload == "000000000003:0,000000000007:1");
}

TEST_CASE("above 300 polls a notification says *") {
  std::vector<projector::ResultRow> rows(301);
  projector::Results pointers;
  for (auto& row : rows) pointers.push_back(&row);
  CHECK(projector::results_payload(pointers) == "*");
  pointers.pop_back();
  CHECK(projector::results_payload(pointers).size() == 300 * 15 - 1);
  for (auto& row : rows) row.seq = events::Seq(~std::uint64_t{0} >> 1);
  CHECK(projector::results_payload(pointers) == "*");
}

TEST_CASE("strays are kept, the newest thousand of a partition") {
  ReadDatabase database(2);
  ReadModel model(pg::Connection(database.target()), "read_1", Tables::serving, 1);
  Script script;
  for (int i = 0; i < 900; ++i) script.stray(events::StrayCause::not_json, "k", "v");
  CHECK(write(model, step(0, 0, 900, script.take())) == Stuck{});
  for (int i = 0; i < 1300; ++i) script.stray(events::StrayCause::wrong_key, "k\xff", "v\x00w");
  CHECK(write(model, step(0, 900, 2200, script.take())) == Stuck{});
  CHECK(database.row("SELECT count(*), min(record_offset), max(record_offset), min(cause) "
                     "FROM read_1.stray_records") == "1000|1200|2199|3");
  CHECK(database.row("SELECT count(*) FROM read_1.stray_records WHERE key = '\\x6bff'") == "1000");
}

TEST_CASE("parked polls are stored, moved and taken back") {
  ReadDatabase database(1);
  ReadModel model(pg::Connection(database.target()), "read_1", Tables::serving, 1);
  Script script;
  script.event(opening(kLunch)).unknown(kLunch, "a.b.v2").unknown(kDinner, "c.d.v1");
  CHECK(write(model, step(0, 0, 3, script.take())) == Stuck{});
  CHECK(model.stops().at(0) == projector::Stops{{kLunch, {1, "a.b.v2"}}, {kDinner, {2, "c.d.v1"}}});
  CHECK(database.row("SELECT status FROM read_1.poll_results WHERE poll_id = 7") == "3");
  CHECK(database.rows("SELECT poll_id, seq, at FROM read_1.parked_polls ORDER BY poll_id") ==
        std::vector<std::string>{"3||", "7|0|1700000000000"});

  Step resumed = step(0, 3, 3, {});
  resumed.unparked = {kLunch};
  CHECK(write(model, resumed) == Stuck{});
  CHECK(model.stops().at(0) == projector::Stops{{kDinner, {2, "c.d.v1"}}});
}

TEST_CASE("read tables of another number of partitions are refused") {
  ReadDatabase database(3);
  CHECK_NOTHROW(projector::prepare_read_tables(database.target(), 3));
  CHECK_THROWS_AS(projector::prepare_read_tables(database.target(), 4), Misconfigured);
}

}  // namespace flashpoll::test
