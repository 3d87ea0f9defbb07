#include <doctest/doctest.h>

#include "infra/json/json.h"
#include "infra/runtime/time.h"
#include "tests/query/read_fixture.h"

namespace flashpoll::query::test {
namespace {

using events::Seq;
using runtime::format_time;

events::VoterTag voter(int number) {
  events::VoterTag tag;
  tag.bytes[0] = static_cast<std::uint8_t>(number);
  tag.bytes[1] = static_cast<std::uint8_t>(number >> 8);
  return tag;
}

std::string code_of(const Answer& answer) {
  const auto parsed = json::parse(answer.body);
  REQUIRE(std::holds_alternative<json::Value>(parsed));
  const auto* code = std::get<json::Value>(parsed).find("code");
  return code == nullptr ? "" : code->string();
}

/// What `…/results` is to say, written down again from the example of the API document.
std::string body(const TestPoll& poll, const Counts& counts, const std::string& status, bool final,
                 events::TimeMs closes_at) {
  std::string text = "{\"poll\":\"" + poll.id() + "\",\"seq\":" + std::to_string(counts.seq.value) +
                     ",\"at\":\"" + format_time(counts.at) + "\",\"status\":\"" + status +
                     "\",\"final\":" + (final ? "true" : "false") + ",\"closes_at\":\"" +
                     format_time(closes_at) + "\",\"voters\":" + std::to_string(counts.voters) +
                     ",\"choices\":[";
  for (std::size_t i = 0; i < counts.votes.size(); ++i) {
    text += (i == 0 ? "" : ",") + std::string("{\"index\":") + std::to_string(i) + ",\"text\":\"" +
            poll.row.settings.choices[i] + "\",\"votes\":" + std::to_string(counts.votes[i]) + "}";
  }
  return text + "]}";
}

TEST_CASE("results, past and present, are those of the entries up to then") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  const events::TimeMs closes = poll.row.settings.closes_at;
  for (int i = 0; i < 2'200; ++i) {
    const auto choice = static_cast<std::uint8_t>(i % 3);
    if (i % 5 == 4) {
      EntryRow late;
      late.type = 2;
      late.reason = events::Reason::already_voted;
      late.voter = voter(i - 1);
      late.vote_id.emplace();
      late.choices = events::Choices{choice};
      fixture.add(poll, i % 7 * 3, late);
    } else {
      fixture.cast(poll, voter(i), {choice}, i % 11 == 0 ? 700 : 1);
    }
  }
  fixture.write(poll);
  CHECK(fixture.get(poll.path("/results")).body ==
        body(poll, poll.row.latest, "open", false, closes));

  for (std::size_t i = 0; i < poll.history.size(); ++i) {
    const Answer answer = fixture.get(poll.path("/results?seq=" + std::to_string(i)));
    CHECK(answer.status == 200);
    CHECK(answer.header("Cache-Control") == "public, max-age=3600, immutable");
    REQUIRE(answer.body == body(poll, poll.history[i], "open", false, closes));
  }

  const events::TimeMs last = poll.row.latest.at;
  for (events::TimeMs at = ReadFixture::kStart; at <= last + 1'000; at += 619) {
    std::size_t i = 0;
    while (i + 1 < poll.history.size() && poll.history[i + 1].at <= at) ++i;
    const Answer answer = fixture.get(poll.path("/results?at=" + format_time(at)));
    REQUIRE(answer.body == body(poll, poll.history[i], "open", false, closes));
    CHECK((answer.header("Cache-Control") == "no-cache") == (at >= last));
  }
}

TEST_CASE("a result of the past says what was then: status, end, extension") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  poll.row.settings.opens_at = ReadFixture::kStart + 500;
  const events::TimeMs first_end = ReadFixture::kStart + 10'000;
  const events::TimeMs second_end = first_end + 20'000;
  poll.row.first_closes_at = first_end;
  poll.row.settings.closes_at = second_end;
  fixture.cast(poll, voter(1), {0}, 600);    // seq 1, open
  fixture.cast(poll, voter(2), {1}, 1'000);  // seq 2
  const events::PollId id = poll.row.settings.poll;
  fixture.add_event(poll, 100, events::PollExtended{id, {}, 5}, events::Reason::not_later);
  fixture.add_event(poll, 100, events::PollExtended{id, {}, second_end});  // seq 4
  fixture.cast(poll, voter(3), {2}, 15'000);  // seq 5, after the first end
  fixture.close(poll, 20'000);                // seq 6
  fixture.write(poll);

  const auto at_seq = [&](int seq) {
    return fixture.get(poll.path("/results?seq=" + std::to_string(seq))).body;
  };
  CHECK(at_seq(0) == body(poll, poll.history[0], "scheduled", false, first_end));
  CHECK(at_seq(3) == body(poll, poll.history[3], "open", false, first_end));
  CHECK(at_seq(4) == body(poll, poll.history[4], "open", false, second_end));
  CHECK(at_seq(5) == body(poll, poll.history[5], "open", false, second_end));
  CHECK(at_seq(6) == body(poll, poll.history[6], "closed", true, second_end));

  const auto at_time = [&](events::TimeMs at) {
    return fixture.get(poll.path("/results?at=" + format_time(at))).body;
  };
  CHECK(at_time(ReadFixture::kStart + 550) ==
        body(poll, poll.history[0], "open", false, first_end));
  CHECK(at_time(second_end + 1) == body(poll, poll.history[5], "closing", false, second_end));
  CHECK(at_time(second_end + 100'000) == body(poll, poll.history[6], "closed", true, second_end));
}

TEST_CASE("what was never there is refused") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  fixture.write(poll);
  const auto refused = [&](const std::string& target, int status, const char* code) {
    CAPTURE(target);
    const Answer answer = fixture.get(target);
    CHECK(answer.status == status);
    CHECK(code_of(answer) == code);
    CHECK(answer.header("Content-Type") == "");
  };
  refused("/v1/polls/ZZZZZZZZZZZZ/results", 404, "no_such_poll");
  refused("/v1/polls/7q2m9x4ktb3d/results", 404, "no_such_poll");
  refused("/v1/polls/lunch-" + poll.id(), 404, "no_such_poll");
  refused(poll.path("/results?seq=1"), 404, "no_such_entry");
  refused(poll.path("/results?at=2001-01-01T00:00:00Z"), 404, "no_such_entry");
  refused(poll.path("/results?at=now"), 400, "bad_request");
  refused(poll.path("/results?seq=0&at=2001-01-01T00:00:00Z"), 400, "bad_request");
  refused(poll.path("/results?sequence=0"), 400, "bad_request");
  refused(poll.path("?x="), 400, "bad_request");
  refused(poll.path("/windows?width=0"), 400, "bad_request");
  refused(poll.path("/windows?width=3601"), 400, "bad_request");

  poll.row.hidden = poll.row.closed = Seq(0);
  fixture.write(poll);
  for (const char* rest : {"", "/results", "/results?seq=0", "/windows", "/entries", "/entries/0",
                           "/export.ndjson", "/export.csv", "/qr.svg", "/votes/mine", "/codes"}) {
    refused(poll.path(rest), 410, "poll_hidden");
  }
}

TEST_CASE("a parked poll shows its last state; an id that was parked unopened is refused") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  poll.row.parked = true;
  fixture.write(poll);
  CHECK(fixture.get(poll.path("/results")).body ==
        body(poll, poll.row.latest, "parked", false, poll.row.settings.closes_at));
  fixture.sql("INSERT INTO read_1.parked_polls VALUES (77, 0, 5, 'poll.opened.v2', NULL, NULL)");
  const Answer answer = fixture.get("/v1/polls/" + events::PollId(77).text());
  CHECK(answer.status == 503);
  CHECK(code_of(answer) == "poll_parked");
}

TEST_CASE("an ETag changes with seq and status, and spares the body") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  fixture.write(poll);
  for (const char* rest : {"/results", ""}) {
    const std::string etag = fixture.get(poll.path(rest)).header("ETag");
    CHECK_FALSE(etag.empty());
    const Answer same = fixture.get(poll.path(rest), {{"If-None-Match", "\"x\", " + etag}});
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    CHECK(same.header("ETag") == etag);
    fixture.clock.set_wall(poll.row.settings.closes_at);
    const Answer later = fixture.get(poll.path(rest), {{"If-None-Match", etag}});
    CHECK(later.status == 200);
    CHECK(later.body.find("\"status\":\"closing\"") != std::string::npos);
    fixture.clock.set_wall(ReadFixture::kStart);
  }
  const std::string before = fixture.get(poll.path("/results")).header("ETag");
  fixture.cast(poll, voter(1), {0});
  fixture.write(poll);
  CHECK(fixture.get(poll.path("/results"), {{"If-None-Match", before}}).status == 200);
}

TEST_CASE("min_seq waits for the read side, also for a poll it does not know") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  auto waiting = begin_get(fixture.router, poll.path("/results?min_seq=1"));
  auto waiting_details = begin_get(fixture.router, poll.path("?min_seq=0"));
  CHECK(waiting.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout);
  fixture.write(poll);
  REQUIRE(waiting_details.wait_for(std::chrono::seconds(2)) == std::future_status::ready);
  CHECK(waiting_details.get().status == 200);
  CHECK(waiting.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout);
  fixture.cast(poll, voter(1), {0});
  fixture.write(poll);
  fixture.waiter->notify();
  REQUIRE(waiting.wait_for(std::chrono::seconds(2)) == std::future_status::ready);
  CHECK(waiting.get().body ==
        body(poll, poll.row.latest, "open", false, poll.row.settings.closes_at));

  const auto began = std::chrono::steady_clock::now();
  const Answer behind = fixture.get(poll.path("/results?min_seq=2"));
  CHECK(behind.status == 503);
  CHECK(code_of(behind) == "behind");
  CHECK_FALSE(behind.header("Retry-After").empty());
  CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(1'900));
}

}  // namespace
}  // namespace flashpoll::query::test
