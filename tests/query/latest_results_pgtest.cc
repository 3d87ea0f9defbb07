#include <doctest/doctest.h>

#include <future>

#include "tests/query/read_fixture.h"

namespace flashpoll::query::test {
namespace {

/// A row that no projector told of: whether it is seen shows whether the tables were read.
void move_on_silently(ReadFixture& fixture, const TestPoll& poll, int seq) {
  pqxx::connection connection(fixture.database);
  pqxx::work work(connection);
  work.exec("UPDATE read_1.poll_results SET seq = " + std::to_string(seq) +
            " WHERE poll_id = " + std::to_string(poll.row.settings.poll.bits()));
  work.commit();
}

std::string etag_of(const ReadFixture& fixture, const TestPoll& poll) {
  return fixture.get(poll.path("/results")).header("ETag");
}

TEST_CASE("a result is kept until something is notified of its poll, and for a second at most") {
  ReadFixture fixture;
  const TestPoll poll = fixture.opened();
  const TestPoll other = fixture.opened();
  fixture.write(poll);
  CHECK(etag_of(fixture, poll) == "\"0-open\"");
  move_on_silently(fixture, poll, 1);
  fixture.latest->notified({{other.row.settings.poll, events::Seq(1)}});
  fixture.clock.advance(999);
  CHECK(etag_of(fixture, poll) == "\"0-open\"");
  fixture.clock.advance(1);
  CHECK(etag_of(fixture, poll) == "\"1-open\"");

  move_on_silently(fixture, poll, 2);
  fixture.latest->notified({{poll.row.settings.poll, events::Seq(2)}});
  CHECK(etag_of(fixture, poll) == "\"2-open\"");
  move_on_silently(fixture, poll, 3);
  fixture.latest->notified_all();
  CHECK(etag_of(fixture, poll) == "\"3-open\"");
}

TEST_CASE("a kept result is never older than what min_seq asks for") {
  ReadFixture fixture;
  const TestPoll poll = fixture.opened();
  fixture.write(poll);
  CHECK(etag_of(fixture, poll) == "\"0-open\"");
  move_on_silently(fixture, poll, 7);
  CHECK(fixture.get(poll.path("/results?min_seq=0")).header("ETag") == "\"0-open\"");
  CHECK(fixture.get(poll.path("/results?min_seq=7")).header("ETag") == "\"7-open\"");
  CHECK(etag_of(fixture, poll) == "\"7-open\"");
  CHECK(fixture.get(poll.path("/results?min_seq=8")).status == 503);
}

TEST_CASE("the clock alone ends a kept result") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  poll.row.settings.closes_at = ReadFixture::kStart + 300;
  fixture.write(poll);
  CHECK(etag_of(fixture, poll) == "\"0-open\"");
  fixture.clock.advance(299);
  CHECK(etag_of(fixture, poll) == "\"0-open\"");
  fixture.clock.advance(1);
  CHECK(etag_of(fixture, poll) == "\"0-closing\"");
}

TEST_CASE("a kept result answers 304 to who has it, and says the same as the tables otherwise") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  fixture.cast(poll, {}, {1});
  fixture.write(poll);
  const std::string target = poll.path("/results");
  const Answer read = fixture.get(target);
  const Answer kept = fixture.get(target);
  CHECK(kept.body == read.body);
  CHECK(kept.headers == read.headers);
  const Answer same = fixture.get(target, {{"If-None-Match", "\"9\", W/\"1-open\""}});
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  CHECK(same.header("ETag") == "\"1-open\"");
  CHECK(same.header("Cache-Control") == read.header("Cache-Control"));
  CHECK(fixture.get(target, {{"If-None-Match", "\"0-open\""}}).body == read.body);
}

TEST_CASE("who asks while a read is under way shares it, unless something was notified since") {
  ReadFixture fixture;
  const TestPoll poll = fixture.opened();
  fixture.write(poll);
  const events::PollId id = poll.row.settings.poll;
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  for (int i = 0; i < 2; ++i) {  // both threads of the pool
    fixture.pool->submit([gone](ReadTables&) { gone.wait(); }, [](const std::exception_ptr&) {});
  }
  std::vector<LatestResults::Result> results;
  std::promise<void> all;
  const auto ask = [&] {
    fixture.latest->read(id, [&](const LatestResults::Found& found) {
      results.push_back(std::get<LatestResults::Result>(found));
      if (results.size() == 4) all.set_value();
    });
  };
  ask();
  ask();
  fixture.latest->notified({{id, events::Seq(1)}});
  ask();
  ask();
  go.set_value();
  REQUIRE(all.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK(results[0] == results[1]);
  CHECK(results[1] != results[2]);
  CHECK(results[2] == results[3]);
  CHECK(fixture.latest->find(id) == results[3]);
}

TEST_CASE("what a viewer alone may see is not kept for others") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  poll.row.settings.results = events::Results::after_vote;
  const events::DeviceId device{1, 2, 3};
  fixture.cast(poll, fixture.tag(poll, device), {0});
  fixture.write(poll);
  const std::string target = poll.path("/results");
  for (int i = 0; i < 2; ++i) {
    const Answer voted = fixture.get(target, {fixture.cookie(device)});
    CHECK(voted.body.find("\"votes\":1") != std::string::npos);
    const Answer stranger = fixture.get(target);
    CHECK(stranger.body.find("votes") == std::string::npos);
    CHECK(stranger.header("Cache-Control") == "private, no-cache");
  }

  TestPoll sealed = fixture.opened();
  sealed.row.settings.results = events::Results::after_close;
  fixture.cast(sealed, {}, {0});
  fixture.write(sealed);
  for (int i = 0; i < 2; ++i) {
    const Answer kept = fixture.get(sealed.path("/results"), {fixture.cookie(device)});
    CHECK(kept.body.find("votes") == std::string::npos);
    CHECK(kept.header("ETag") == "\"1-open-withheld\"");
  }
  fixture.close(sealed);
  fixture.write(sealed);
  CHECK(fixture.get(sealed.path("/results")).body.find("\"votes\":1") != std::string::npos);
}

TEST_CASE("refusals are not kept") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  CHECK(fixture.get(poll.path("/results")).status == 404);
  fixture.write(poll);
  CHECK(fixture.get(poll.path("/results")).status == 200);
  poll.row.hidden = events::Seq(0);
  fixture.write(poll);
  CHECK(fixture.get(poll.path("/results")).status == 410);
}

}  // namespace
}  // namespace flashpoll::query::test
