#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "events/codec.h"
#include "infra/http/form.h"
#include "infra/json/json.h"
#include "infra/runtime/time.h"
#include "tests/query/read_fixture.h"

namespace flashpoll::query::test {
namespace {

using events::Reason;
using events::Seq;
using runtime::format_time;

json::Value parsed(const Answer& answer) {
  auto value = json::parse(answer.body);
  REQUIRE_MESSAGE(std::holds_alternative<json::Value>(value), answer.body);
  return std::get<json::Value>(std::move(value));
}

events::VoterTag voter(int number) {
  events::VoterTag tag;
  tag.bytes.fill(static_cast<std::uint8_t>(number));
  return tag;
}

events::Uuid vote_id(int number) {
  events::Uuid id;
  id.bytes.fill(static_cast<std::uint8_t>(number));
  return id;
}

/// A vote of some voter, with one of few vote_ids, that counts or not.
EntryRow random_vote(std::mt19937& random) {
  EntryRow entry;
  const bool is_cast = random() % 4 != 0;
  entry.type = is_cast ? 2 : 3;
  constexpr Reason kReasons[] = {Reason::none, Reason::none, Reason::already_voted,
                                 Reason::stale_replace};
  entry.reason = kReasons[random() % 4];
  entry.voter = voter(static_cast<int>(random() % 5));
  entry.vote_id = vote_id(static_cast<int>(random() % 3));
  if (is_cast) entry.choices = events::Choices{static_cast<std::uint8_t>(random() % 3)};
  if (!is_cast || random() % 2 == 0) entry.replaces = Seq(random() % 100);
  if (is_cast && entry.reason == Reason::none) entry.added = *entry.choices;
  return entry;
}

TestPoll random_poll(ReadFixture& fixture, std::mt19937& random, int size) {
  TestPoll poll = fixture.opened();
  const events::PollId id = poll.row.settings.poll;
  for (int i = 1; i < size; ++i) {
    const auto after_ms = static_cast<std::int64_t>(random() % 3 == 0 ? random() % 1'500 : 0);
    if (random() % 10 == 0) {
      fixture.add_event(poll, after_ms, events::PollExtended{id, {}, 5}, Reason::not_later);
    } else {
      fixture.add(poll, after_ms, random_vote(random));
    }
  }
  fixture.write(poll);
  return poll;
}

/// The same filters, in a loop over everything.
struct Filter {
  std::optional<int> type;
  std::optional<bool> counted;
  std::optional<Reason> reason;
  std::optional<int> voter_number, vote_number;
  std::optional<events::TimeMs> from, to;
  bool descending = false;

  [[nodiscard]] bool takes(const EntryRow& e) const {
    return (!type || e.type == *type) && (!counted || (e.reason == Reason::none) == *counted) &&
           (!reason || e.reason == *reason) && (!voter_number || e.voter == voter(*voter_number)) &&
           (!vote_number || e.vote_id == vote_id(*vote_number)) && (!from || e.at >= *from) &&
           (!to || e.at < *to);
  }
  [[nodiscard]] std::vector<std::int64_t> of(const TestPoll& poll) const {
    std::vector<std::int64_t> seqs;
    for (const EntryRow& entry : poll.entries) {
      if (takes(entry)) seqs.push_back(static_cast<std::int64_t>(entry.seq.value));
    }
    if (descending) std::reverse(seqs.begin(), seqs.end());
    return seqs;
  }
  [[nodiscard]] std::string query() const {
    std::string text = descending ? "order=desc" : "order=asc";
    if (type) text += "&type=" + std::string(events::type_name(*type));
    if (counted) text += *counted ? "&verdict=counted" : "&verdict=void";
    if (reason) text += "&reason=" + std::string(name(*reason));
    if (voter_number) text += "&voter=" + voter(*voter_number).text();
    if (vote_number) text += "&vote_id=" + vote_id(*vote_number).text();
    if (from) text += "&from=" + http::percent_encode(format_time(*from));
    if (to) text += "&to=" + format_time(*to);
    return text;
  }
};

std::vector<std::int64_t> seqs_of(const json::Value& page) {
  std::vector<std::int64_t> seqs;
  for (const json::Value& entry : page.find("entries")->array()) {
    seqs.push_back(*entry.find("seq")->integer());
  }
  return seqs;
}

/// All pages, each reached by the link of the one before.
std::vector<std::int64_t> walk(const ReadFixture& fixture, const TestPoll& poll,
                               const std::string& query, int limit) {
  std::vector<std::int64_t> all;
  std::string target = poll.path("/entries?" + query + "&limit=" + std::to_string(limit));
  while (!target.empty()) {
    const Answer answer = fixture.get(target);
    REQUIRE(answer.status == 200);
    const json::Value page = parsed(answer);
    const auto seqs = seqs_of(page);
    REQUIRE(static_cast<int>(seqs.size()) <= limit);
    all.insert(all.end(), seqs.begin(), seqs.end());
    const json::Value* next = page.find("next");
    const std::string link = answer.header("Link");
    REQUIRE((next == nullptr) == link.empty());
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    if (next != nullptr) REQUIRE(link.find("after=" + next->number()) != std::string::npos);
  }
  return all;
}

TEST_CASE("every combination of filters gives what a loop over all entries gives") {
  ReadFixture fixture;
  std::mt19937 random(std::random_device{}());
  const auto seed = random();
  random.seed(seed);
  CAPTURE(seed);
  const TestPoll poll = random_poll(fixture, random, 150);
  const events::TimeMs start = ReadFixture::kStart;
  const events::TimeMs span = poll.row.latest.at - start;
  int combinations = 0;
  for (const int type : {0, 1, 2, 3, 5}) {
    for (const int counted : {0, 1, 2}) {
      for (const int reason : {0, 9, 10, 12}) {
        for (const int who : {-1, 1, 100}) {
          for (const int time : {0, 1, 2, 3}) {
            Filter filter;
            if (type != 0) filter.type = type;
            if (counted != 0) filter.counted = counted == 1;
            if (reason != 0) filter.reason = static_cast<Reason>(reason);
            if (who >= 0) filter.voter_number = who % 100 + 1;
            if (who >= 100) filter.vote_number = 1;
            if ((time & 1) != 0) filter.from = start + static_cast<std::int64_t>(random() % span);
            if ((time & 2) != 0) filter.to = start + static_cast<std::int64_t>(random() % span);
            filter.descending = random() % 2 == 0;
            const int limit = random() % 3 == 0 ? 500 : 1 + static_cast<int>(random() % 40);
            CAPTURE(filter.query());
            REQUIRE(walk(fixture, poll, filter.query(), limit) == filter.of(poll));
            ++combinations;
          }
        }
      }
    }
  }
  CHECK(combinations == 720);
}

TEST_CASE("a voter's first entry is found in any block of its poll") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  const auto numbered = [](std::uint16_t number) {
    events::VoterTag tag;
    std::memcpy(tag.bytes.data(), &number, sizeof number);
    return tag;
  };
  for (std::uint16_t number = 1; number <= 1100; ++number)
    fixture.cast(poll, numbered(number), {0});
  fixture.write(poll);
  // Blocks begin at 256 and 1024.
  for (const std::uint16_t number : {1, 255, 256, 257, 1023, 1024, 1025, 1100}) {
    CAPTURE(number);
    const std::string query = "voter=" + numbered(number).text();
    CHECK(walk(fixture, poll, query, 10) == std::vector<std::int64_t>{number});
  }
  CHECK(walk(fixture, poll, "voter=" + numbered(1101).text(), 10).empty());
}

TEST_CASE("an entry has the members of the API, and its canonical line") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  EntryRow vote;
  vote.type = 2;
  vote.voter = voter(1);
  vote.vote_id = vote_id(2);
  vote.choices = events::Choices{2, 0};
  vote.replaces = Seq(0);
  vote.added = {2, 0};
  fixture.add(poll, 5, vote);
  EntryRow retraction;
  retraction.type = 3;
  retraction.reason = Reason::stale_replace;
  retraction.voter = voter(1);
  retraction.vote_id = vote_id(3);
  retraction.replaces = Seq(0);
  fixture.add(poll, 5, retraction);
  fixture.write(poll);

  const std::string first =
      "{\"seq\":0,\"at\":\"2027-01-15T08:00:00.250Z\",\"type\":\"poll.opened.v1\","
      "\"verdict\":\"counted\",\"reason\":null,\"voter\":null,\"vote_id\":null,\"choices\":null,"
      "\"replaces\":null,\"added\":[],\"removed\":[]}";
  const std::string second =
      "{\"seq\":1,\"at\":\"2027-01-15T08:00:00.255Z\",\"type\":\"vote.cast.v1\","
      "\"verdict\":\"counted\",\"reason\":null,\"voter\":\"AQEBAQEBAQEBAQEBAQEBAQ\","
      "\"vote_id\":\"02020202-0202-0202-0202-020202020202\",\"choices\":[2,0],\"replaces\":0,"
      "\"added\":[2,0],\"removed\":[]}";
  const std::string third =
      "{\"seq\":2,\"at\":\"2027-01-15T08:00:00.260Z\",\"type\":\"vote.retracted.v1\","
      "\"verdict\":\"void\",\"reason\":\"stale_replace\",\"voter\":\"AQEBAQEBAQEBAQEBAQEBAQ\","
      "\"vote_id\":\"03030303-0303-0303-0303-030303030303\",\"choices\":null,\"replaces\":0,"
      "\"added\":[],\"removed\":[]}";
  CHECK(fixture.get(poll.path("/entries")).body ==
        "{\"entries\":[" + first + "," + second + "," + third + "]}");

  const std::string line = "1800000000255 {\"type\":\"vote.cast.v1\",\"poll\":\"" + poll.id() +
                           "\",\"voter\":\"AQEBAQEBAQEBAQEBAQEBAQ\",\"vote_id\":\"02020202-0202-"
                           "0202-0202-020202020202\","
                           "\"choices\":[2,0],\"replaces\":0}";
  CHECK(parsed(fixture.get(poll.path("/entries/1"))).find("entry")->string() == line);
  CHECK(parsed(fixture.get(poll.path("/entries/0"))).find("entry")->string() ==
        "1800000000250 " + events::encode(poll.row.settings));
  CHECK(fixture.get(poll.path("/entries/3")).status == 404);
  CHECK(fixture.get(poll.path("/entries/x")).status == 404);
  CHECK(fixture.get(poll.path("/entries/01")).status == 404);
}

TEST_CASE("filters that do not exist are refused") {
  ReadFixture fixture;
  const TestPoll poll = fixture.opened();
  fixture.write(poll);
  for (const char* query : {"limit=0", "limit=501", "limit=", "after=-1", "order=up",
                            "type=vote.cast.v2", "verdict=both", "reason=none", "reason=",
                            "voter=x", "vote_id=x", "vote_id=02020202-0202-0202-0202-020202020202",
                            "from=1", "to=x", "page=2", "limit=1&limit=1"}) {
    CAPTURE(query);
    CHECK(fixture.get(poll.path(std::string("/entries?") + query)).status == 400);
  }
}

TEST_CASE("a page examines at most 50 000 rows, and says where to go on") {
  ReadFixture fixture;
  const TestPoll poll = fixture.opened();
  fixture.write(poll);
  const std::string id = std::to_string(poll.row.settings.poll.bits());
  fixture.sql("INSERT INTO read_1.poll_events SELECT " + id +
              ", n, 1800000000250 + n, CASE n WHEN 110000 THEN 3 ELSE 2 END, 9, '" +
              events::Uuid().text() + "', '" + vote_id(1).text() +
              "', '\\x00', 0, '', '', NULL, NULL FROM generate_series(1, 120000) n");
  fixture.sql("UPDATE read_1.poll_results SET seq = 120000, at = 1800000120250 WHERE poll_id = " +
              id);
  const auto page = [&](const std::string& query) {
    return parsed(fixture.get(poll.path("/entries?type=vote.retracted.v1" + query)));
  };
  const json::Value first = page("");
  CHECK(seqs_of(first).empty());
  CHECK(*first.find("next")->integer() == 49'999);
  const json::Value second = page("&after=49999");
  CHECK(seqs_of(second).empty());
  CHECK(*second.find("next")->integer() == 99'999);
  const json::Value last = page("&after=99999");
  CHECK(seqs_of(last) == std::vector<std::int64_t>{110'000});
  CHECK(last.find("next") == nullptr);
  const json::Value newest = page("&order=desc");
  CHECK(seqs_of(newest) == std::vector<std::int64_t>{110'000});
  CHECK(*newest.find("next")->integer() == 70'001);
  const std::string nobody = "&voter=" + voter(0).text();
  CHECK(*page(nobody).find("next")->integer() == 50'000);
  CHECK(walk(fixture, poll, "type=vote.retracted.v1", 10) == std::vector<std::int64_t>{110'000});
}

}  // namespace
}  // namespace flashpoll::query::test
