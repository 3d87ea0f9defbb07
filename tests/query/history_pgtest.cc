#include <doctest/doctest.h>

#include <map>
#include <random>

#include "events/codec.h"
#include "infra/json/json.h"
#include "infra/runtime/time.h"
#include "tests/query/read_fixture.h"

namespace flashpoll::query::test {
namespace {

using events::Reason;
using events::Seq;
using runtime::format_time;

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  REQUIRE_MESSAGE(std::holds_alternative<json::Value>(value), text);
  return std::get<json::Value>(std::move(value));
}

/// Votes of a minute or so, a fifth of them void; sometimes seconds pass without any.
TestPoll busy_poll(ReadFixture& fixture, std::mt19937& random, int size) {
  TestPoll poll = fixture.opened();
  for (int i = 1; i < size; ++i) {
    const auto after_ms =
        static_cast<std::int64_t>(random() % 20 == 0 ? random() % 3'000 : random() % 9);
    EntryRow vote;
    vote.type = 2;
    vote.voter.emplace().bytes[0] = static_cast<std::uint8_t>(i);
    vote.vote_id.emplace();
    vote.choices = events::Choices{0};
    if (random() % 5 == 0) {
      vote.reason = Reason::already_voted;
    } else {
      vote.added = {0};
    }
    fixture.add(poll, after_ms, vote);
  }
  fixture.write(poll);
  return poll;
}

using Windows = std::map<events::TimeMs, std::pair<std::int64_t, std::int64_t>>;

Windows counted_by_hand(const TestPoll& poll, events::TimeMs from, events::TimeMs to,
                        std::int64_t width_ms) {
  Windows windows;
  const events::TimeMs begin = from / 1000 * 1000;
  const events::TimeMs end = begin + (to - begin + width_ms - 1) / width_ms * width_ms;
  for (const EntryRow& entry : poll.entries) {
    if (entry.at < begin || entry.at >= end) continue;
    auto& window = windows[begin + (entry.at - begin) / width_ms * width_ms];
    ++(entry.reason == Reason::none ? window.first : window.second);
  }
  return windows;
}

Windows asked(const ReadFixture& fixture, const std::string& target) {
  const Answer answer = fixture.get(target);
  REQUIRE_MESSAGE(answer.status == 200, answer.body);
  Windows windows;
  const json::Value body = parsed(answer.body);
  for (const json::Value& window : body.find("windows")->array()) {
    const auto at = runtime::parse_time(window.find("at")->string());
    REQUIRE(at);
    windows[*at] = {*window.find("counted")->integer(), *window.find("void")->integer()};
  }
  return windows;
}

TEST_CASE("windows hold what a loop over the entries counts") {
  ReadFixture fixture;
  std::mt19937 random(std::random_device{}());
  const auto seed = random();
  random.seed(seed);
  CAPTURE(seed);
  const TestPoll poll = busy_poll(fixture, random, 1'500);
  const events::TimeMs start = ReadFixture::kStart;
  const events::TimeMs last = poll.row.latest.at;
  CHECK(asked(fixture, poll.path("/windows")) == counted_by_hand(poll, start, last + 1, 60'000));
  for (int i = 0; i < 60; ++i) {
    const auto span = static_cast<std::uint32_t>(last - start) + 4'000;
    const events::TimeMs from = start - 2'000 + static_cast<std::int64_t>(random() % span);
    const events::TimeMs to = from + 1 + static_cast<std::int64_t>(random() % span);
    const std::int64_t width = 1 + static_cast<std::int64_t>(random() % (i % 2 == 0 ? 5 : 60));
    const std::string target =
        poll.path("/windows?from=" + format_time(from) + "&to=" + format_time(to) +
                  "&width=" + std::to_string(width));
    CAPTURE(target);
    REQUIRE(asked(fixture, target) == counted_by_hand(poll, from, to, width * 1'000));
  }
  CHECK(
      asked(fixture, poll.path("/windows?from=" + format_time(last) + "&to=" + format_time(start)))
          .empty());
}

TEST_CASE("only time that has entries counts for the bound on windows") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  fixture.close(poll, 10'000'000);
  fixture.write(poll);
  const std::string ever = "from=1970-01-01T00:00:00Z&to=9999-12-31T23:59:59Z";
  const Windows hours = {{1'800'000'000'000, {1, 0}}, {1'800'007'200'000, {1, 0}}};
  CHECK(asked(fixture, poll.path("/windows?width=3600&" + ever)) == hours);
  const Answer refused = fixture.get(poll.path("/windows?width=1&" + ever));
  CHECK(refused.status == 400);
  CHECK(refused.body.find("more than 10000 windows") != std::string::npos);
  CHECK(asked(fixture, poll.path("/windows?width=2&" + ever)).size() == 2);
}

TEST_CASE("an export holds every entry up to the seq that it names") {
  ReadFixture fixture;
  std::mt19937 random(7);
  const TestPoll poll = busy_poll(fixture, random, 2'345);
  const Answer ndjson = fixture.get(poll.path("/export.ndjson"));
  CHECK(ndjson.status == 200);
  CHECK(ndjson.header("Export-Seq") == "2344");
  CHECK_FALSE(ndjson.broken_off);
  std::string_view rest = ndjson.body;
  for (const EntryRow& entry : poll.entries) {
    const std::size_t end = rest.find('\n');
    REQUIRE(end != std::string_view::npos);
    const json::Value line = parsed(rest.substr(0, end));
    REQUIRE(*line.find("seq")->integer() == static_cast<std::int64_t>(entry.seq.value));
    const std::string canonical = line.find("entry")->string();
    REQUIRE(canonical.starts_with(std::to_string(entry.at) + " {"));
    const events::RecordView record{0, "", std::string_view(canonical).substr(canonical.find('{'))};
    const std::string key = poll.id();
    const auto decoded = events::decode({0, key, record.value}, 1);
    REQUIRE(std::holds_alternative<events::Event>(decoded));
    REQUIRE(events::type_number(std::get<events::Event>(decoded)) == entry.type);
    rest.remove_prefix(end + 1);
  }
  CHECK(rest.empty());
}

TEST_CASE("a table of entries can be opened by a spreadsheet") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened({"Say \"hi\"", "b"});
  EntryRow vote;
  vote.type = 2;
  vote.voter.emplace();
  vote.vote_id.emplace();
  vote.choices = events::Choices{1, 0};
  vote.replaces = Seq(0);
  vote.added = {1, 0};
  vote.removed = {0};
  fixture.add(poll, 5, vote);
  fixture.write(poll);
  const Answer csv = fixture.get(poll.path("/export.csv"));
  const std::string opening = events::encode(poll.row.settings);
  std::string doubled;
  for (const char c : opening) doubled += c == '"' ? "\"\"" : std::string(1, c);
  CHECK(csv.body ==
        "seq,at,type,verdict,reason,voter,vote_id,choices,replaces,added,removed,entry\r\n"
        "0,2027-01-15T08:00:00.250Z,poll.opened.v1,counted,,,,,,,,\"1800000000250 " +
            doubled +
            "\"\r\n"
            "1,2027-01-15T08:00:00.255Z,vote.cast.v1,counted,,AAAAAAAAAAAAAAAAAAAAAA,"
            "00000000-0000-0000-0000-000000000000,1 0,0,1 0,0,\"1800000000255 "
            "{\"\"type\"\":\"\"vote.cast.v1\"\",\"\"poll\"\":\"\"" +
            poll.id() +
            "\"\",\"\"voter\"\":\"\"AAAAAAAAAAAAAAAAAAAAAA\"\",\"\"vote_id\"\":"
            "\"\"00000000-0000-0000-0000-000000000000\"\",\"\"choices\"\":[1,0],\"\"replaces\"\":0}"
            "\"\r\n");
  CHECK(csv.header("Content-Disposition") == "attachment; filename=\"" + poll.id() + ".csv\"");
}

TEST_CASE("an export goes on in the new read tables after a rebuild, and breaks off without any") {
  ReadFixture fixture;
  std::mt19937 random(7);
  const TestPoll poll = busy_poll(fixture, random, 3'000);
  fixture.create_read_tables("read_2");
  fixture.write(poll, "read_2");
  const std::string whole = fixture.get(poll.path("/export.ndjson")).body;

  const auto begun = [&] { return begin_get(fixture.router, poll.path("/export.ndjson")).get(); };
  Answer switched = begun();
  std::string text = next_piece(switched);
  fixture.sql("UPDATE checkpoints.read_pointer SET schema_name = 'read_2', former = 'read_1'");
  fixture.sql("DROP SCHEMA read_1 CASCADE");
  text += rest_of(switched);
  CHECK(text == whole);
  CHECK_FALSE(switched.broken_off);

  Answer cut = begun();
  text = next_piece(cut);
  fixture.sql("DROP TABLE read_2.poll_events");
  text += rest_of(cut);
  CHECK(cut.broken_off);
  CHECK(text.size() < whole.size());
}

}  // namespace
}  // namespace flashpoll::query::test
