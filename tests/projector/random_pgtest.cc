#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "projector/verify.h"
#include "tests/projector/worker_bench.h"
#include "tests/support/recount.h"

// Random events of several polls, projected by two workers that take partitions from each other,
// lose their connections and start anew; the tables must be what an independent recount says.

namespace flashpoll::test {

using events::testing::Line;
using events::testing::Recount;

namespace {

constexpr ledger::Partition kPartitions = 3;
constexpr std::uint64_t kPolls = 5;
constexpr int kEvents = 4000;

std::uint64_t seed() {
  const char* given = std::getenv("FLASHPOLL_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

/// Numbers of a PostgreSQL array's text.
std::vector<std::int64_t> numbers(std::string text) {
  for (char& c : text) c = c == '{' || c == '}' || c == ',' ? ' ' : c;
  std::vector<std::int64_t> found;
  char* next = text.data();
  for (char* end = nullptr;; next = end) {
    const std::int64_t number = std::strtoll(next, &end, 10);
    if (end == next) return found;
    found.push_back(number);
  }
}

/// Bytes of a bytea's text, `\x0301`.
std::vector<std::int64_t> bytes(std::string_view shown) {
  const std::string text(shown);
  std::vector<std::int64_t> found;
  for (std::size_t at = 2; at < text.size(); at += 2) {
    found.push_back(std::stoi(text.substr(at, 2), nullptr, 16));
  }
  return found;
}

template <typename Values>
std::vector<std::int64_t> numbers(const Values& values) {
  return {values.begin(), values.end()};
}

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : random_(seed), shop_(kPartitions) {
    restart(0);
    restart(1);
  }

  void run() {
    for (int i = 0; i < kEvents; ++i) {
      append();
      pass_time();
      if (chance(5)) disturb();
      if (chance(10)) round();
    }
    workers_[1].reset();
    workers_[0]->disconnect();  // its backend may be gone
    shop_.drain(*workers_[0]);
  }

  Workshop& shop() { return shop_; }
  [[nodiscard]] const std::map<std::uint64_t, Recount>& recounts() const { return recounts_; }
  [[nodiscard]] std::size_t strays() const { return strays_; }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }

  void pass_time() {
    if (chance(50)) shop_.clock.advance(static_cast<std::int64_t>(below(400)));
    if (chance(2))
      shop_.clock.set_wall(shop_.clock.wall_ms() - static_cast<std::int64_t>(below(900)));
  }

  void append() {
    const events::PollId poll(1 + below(kPolls));
    if (chance(1)) {
      shop_.append(poll, "stray " + std::to_string(below(1000)));
      ++strays_;
      return;
    }
    Recount& recount = recounts_[poll.bits()];
    const bool opens = recount.lines().empty() || chance(1);
    const events::Event event = opens ? random_opening(poll) : random_event(poll, recount);
    recount.add(shop_.clock.wall_ms(), event);
    shop_.append(event);
  }

  events::Event random_opening(events::PollId poll) {
    events::PollOpened event = opening(poll, 2 + below(19));
    event.max = static_cast<std::uint8_t>(1 + below(event.choices.size()));
    event.allow_change = chance(70);
    event.eligibility = chance(50) ? events::Eligibility::open : events::Eligibility::codes;
    event.opens_at = chance(30) ? shop_.clock.wall_ms() + 5'000 : 0;
    event.closes_at = shop_.clock.wall_ms() + 200'000 + static_cast<std::int64_t>(below(200'000));
    return event;
  }

  events::Event random_event(events::PollId poll, const Recount& recount) {
    const auto id = uuid(static_cast<std::uint8_t>(below(200)));
    if (chance(1) && chance(10)) return events::PollHidden{poll, id};
    if (chance(1) && chance(15)) return events::PollClosed{poll, id, events::ClosedBy::owner};
    if (chance(1)) return events::PollClosed{poll, id, events::ClosedBy::deadline};
    if (chance(1)) {
      return events::PollExtended{
          poll, id, shop_.clock.wall_ms() + 100'000 + static_cast<std::int64_t>(below(300'000))};
    }
    if (chance(1)) {
      return events::CodesIssued{poll, id, static_cast<std::uint32_t>(below(3) * 5), 5};
    }
    const auto who = static_cast<std::uint8_t>(1 + below(60));
    const events::Seq target(below(recount.lines().size()));
    if (chance(20)) return events::VoteRetracted{poll, voter(who), id, latest(recount, who)};
    events::Choices choices;
    for (std::uint64_t i = 0, n = below(4); i <= n; ++i) {
      choices.push_back(static_cast<std::uint8_t>(below(6)));
    }
    std::optional<events::Seq> replaces;
    if (chance(40)) replaces = chance(80) ? latest(recount, who) : target;
    return ballot(poll, who, choices, replaces, static_cast<std::uint8_t>(below(200)));
  }

  /// What the voter would name; 0 where he has nothing.
  static events::Seq latest(const Recount& recount, std::uint8_t who) {
    for (std::size_t i = recount.lines().size(); i-- > 1;) {
      const Line& line = recount.lines()[i];
      if (line.reason != events::Reason::none) continue;
      const auto* cast = std::get_if<events::VoteCast>(&line.event);
      const auto* back = std::get_if<events::VoteRetracted>(&line.event);
      if ((cast != nullptr && cast->voter == voter(who)) ||
          (back != nullptr && back->voter == voter(who))) {
        return events::Seq(i);
      }
    }
    return events::Seq(0);
  }

  void disturb() {
    const std::size_t which = below(2);
    if (chance(30)) {
      for (ledger::Partition p = 0; p < kPartitions; ++p) owner_[p] = below(2);
    } else if (chance(50)) {
      if (chance(50) && workers_[which]) workers_[which]->finish(std::chrono::seconds(1));
      restart(which);
    } else {
      shop_.database.exec(
          "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
          "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
    }
    shop_.clock.advance(static_cast<std::int64_t>(below(20'000)));
  }

  void round() {
    const std::size_t which = below(2);
    projector::Partitions granted;
    for (ledger::Partition p = 0; p < kPartitions; ++p) {
      if (owner_[p] == which || chance(5)) granted.insert(p);
    }
    try {
      workers_[which]->round(granted, std::chrono::milliseconds(1));
    } catch (const Unavailable&) {
      workers_[which]->disconnect();
    }
  }

  void restart(std::size_t which) {
    auto settings = shop_.settings(which == 0 ? "one" : "two");
    settings.snapshot_after = 300;
    settings.batch_records = 1 + below(200);
    workers_[which] = shop_.worker(settings);
  }

  std::mt19937_64 random_;
  Workshop shop_;
  std::array<std::unique_ptr<projector::Worker>, 2> workers_;
  std::array<std::size_t, kPartitions> owner_{};
  std::map<std::uint64_t, Recount> recounts_;
  std::size_t strays_ = 0;
};

/// Each entry's row against the recount's line.
void check_entries(ReadDatabase& database, std::uint64_t poll, const Recount& recount) {
  const pg::Result rows = database.connection().exec(
      "SELECT seq, at, type, reason, vote_id, choices, replaces, added, removed, body, "
      "voter FROM read_1.poll_events WHERE poll_id = $1 ORDER BY seq",
      pg::Params().bigint(static_cast<std::int64_t>(poll)));
  REQUIRE(rows.rows() == static_cast<int>(recount.lines().size()));
  std::map<std::int64_t, std::int64_t> sum;
  for (int i = 0; i < rows.rows(); ++i) {
    const Line& line = recount.lines()[static_cast<std::size_t>(i)];
    REQUIRE(rows.integer(i, 0) == i);
    REQUIRE(rows.integer(i, 1) == line.at);
    REQUIRE(rows.integer(i, 2) == events::type_number(line.event));
    REQUIRE(rows.integer(i, 3) == static_cast<int>(line.reason));
    if (const auto* cast = std::get_if<events::VoteCast>(&line.event)) {
      REQUIRE(rows.bytes(i, 4) == cast->vote_id.text());
      REQUIRE(bytes(rows.bytes(i, 5)) == numbers(cast->choices));
      REQUIRE(rows.is_null(i, 6) == !cast->replaces.has_value());
    } else if (std::holds_alternative<events::VoteRetracted>(line.event)) {
      REQUIRE(rows.is_null(i, 5));
      REQUIRE_FALSE(rows.is_null(i, 10));
    } else {
      REQUIRE(rows.bytes(i, 9) == events::encode(line.event));
    }
    for (const auto choice : bytes(rows.bytes(i, 7))) ++sum[choice];
    for (const auto choice : bytes(rows.bytes(i, 8))) --sum[choice];
    if (i % 100 != 0) continue;
    const auto votes = recount.votes(static_cast<std::size_t>(i));
    for (std::size_t c = 0; c < votes.size(); ++c) {
      REQUIRE(sum[static_cast<std::int64_t>(c)] == static_cast<std::int64_t>(votes[c]));
    }
  }
}

/// Which entries have a row of history, and what it says.
void check_history(ReadDatabase& database, std::uint64_t poll, const Recount& recount) {
  const auto& lines = recount.lines();
  std::set<std::size_t> expected;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool ends_second = i + 1 < lines.size() && lines[i].at / 1000 < lines[i + 1].at / 1000;
    if (i % 1000 == 0 || ends_second) expected.insert(i);
  }
  const pg::Result rows = database.connection().exec(
      "SELECT seq, at, votes, voters, counted, voided FROM read_1.result_history "
      "WHERE poll_id = $1 ORDER BY seq",
      pg::Params().bigint(static_cast<std::int64_t>(poll)));
  REQUIRE(rows.rows() == static_cast<int>(expected.size()));
  int row = 0;
  for (const std::size_t seq : expected) {
    REQUIRE(rows.integer(row, 0) == static_cast<std::int64_t>(seq));
    REQUIRE(rows.integer(row, 1) == lines[seq].at);
    REQUIRE(numbers(std::string(rows.bytes(row, 2))) == numbers(recount.votes(seq)));
    REQUIRE(rows.integer(row, 3) == static_cast<std::int64_t>(recount.voters(seq)));
    REQUIRE(rows.integer(row, 4) + rows.integer(row, 5) == static_cast<std::int64_t>(seq) + 1);
    ++row;
  }
}

void check_result(ReadDatabase& database, std::uint64_t poll, const Recount& recount) {
  const std::size_t last = recount.lines().size() - 1;
  std::int64_t voided = 0;
  for (const Line& line : recount.lines()) voided += line.reason != events::Reason::none ? 1 : 0;
  const pg::Result row = database.connection().exec(
      "SELECT seq, at, votes, voters, voided, counted FROM read_1.poll_results WHERE poll_id = $1",
      pg::Params().bigint(static_cast<std::int64_t>(poll)));
  REQUIRE(row.rows() == 1);
  CHECK(row.integer(0, 0) == static_cast<std::int64_t>(last));
  CHECK(row.integer(0, 1) == recount.lines()[last].at);
  CHECK(numbers(std::string(row.bytes(0, 2))) == numbers(recount.votes(last)));
  CHECK(row.integer(0, 3) == static_cast<std::int64_t>(recount.voters(last)));
  CHECK(row.integer(0, 4) == voided);
  CHECK(row.integer(0, 5) == static_cast<std::int64_t>(last) + 1 - voided);
}

}  // namespace

TEST_CASE("after any workload and any trouble the tables are what a recount says") {
  const std::uint64_t number = seed();
  MESSAGE("FLASHPOLL_TEST_SEED=" << number);
  Chaos chaos(number);
  chaos.run();
  for (const auto& [poll, recount] : chaos.recounts()) {
    CAPTURE(poll);
    check_entries(chaos.shop().database, poll, recount);
    check_history(chaos.shop().database, poll, recount);
    check_result(chaos.shop().database, poll, recount);
  }
  CHECK(chaos.shop().database.row("SELECT count(*) FROM read_1.stray_records") ==
        std::to_string(chaos.strays()));
  const auto verified = projector::verify(
      {.ledger = chaos.shop().ledger, .database = chaos.shop().database.target()});
  CHECK(verified.differences.none());
}

}  // namespace flashpoll::test
