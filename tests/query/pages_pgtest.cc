#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "events/codec.h"
#include "infra/json/json.h"
#include "infra/runtime/thread.h"
#include "tests/query/read_fixture.h"

namespace flashpoll::query::test {
namespace {

using events::Seq;

constexpr events::DeviceId kAnn = {1, 2, 3};

bool has(const Answer& answer, std::string_view part) {
  return answer.body.find(part) != std::string::npos;
}

/// The JSON in the page's <script id="state">.
json::Value state_of(const Answer& page) {
  constexpr std::string_view kOpen = "<script type=\"application/json\" id=\"state\">";
  const std::size_t begin = page.body.find(kOpen) + kOpen.size();
  const std::size_t end = page.body.find("</script>", begin);
  REQUIRE(end != std::string::npos);
  auto value = json::parse(std::string_view(page.body).substr(begin, end - begin));
  REQUIRE(std::holds_alternative<json::Value>(value));
  return std::get<json::Value>(std::move(value));
}

TestPoll asked(ReadFixture& fixture, const std::string& question) {
  TestPoll poll = fixture.opened();
  poll.row.settings.question = question;
  poll.entries[0].body = events::encode(poll.row.settings);
  fixture.write(poll);
  return poll;
}

TEST_CASE("a vote page holds the poll, its result and a fresh voter's cookie") {
  ReadFixture fixture;
  const TestPoll poll = asked(fixture, "Is </script><b> \"fine\" & {{state}}?");
  const Answer page = fixture.get("/p/is-script-b-fine-state-" + poll.id());
  REQUIRE(page.status == 200);
  CHECK(has(page,
            "<h1 dir=\"auto\">Is &lt;/script&gt;&lt;b&gt; &quot;fine&quot; &amp; "
            "{{state}}?</h1>"));
  CHECK_FALSE(has(page, "</script><b>"));
  CHECK(page.header("Cache-Control") == "no-store");
  CHECK(
      page.header("Content-Security-Policy").starts_with("default-src 'none'; script-src 'self'"));
  CHECK(page.header("X-Content-Type-Options") == "nosniff");

  const json::Value state = state_of(page);
  CHECK(state.find("url")->string() ==
        "https://polls.example/p/is-script-b-fine-state-" + poll.id());
  CHECK(state.find("now")->string() == "2027-01-15T08:00:00.250Z");
  CHECK(state.find("poll")->find("question")->string() == poll.row.settings.question);
  CHECK(state.find("poll")->find("opens_at")->string() == "2027-01-15T08:00:00.250Z");
  CHECK(state.find("poll")->find("opened_at")->string() == "2027-01-15T08:00:00.250Z");
  CHECK(*state.find("results")->find("seq")->integer() == 0);
  CHECK(state.find("mine")->is(json::Kind::null));

  const std::string cookie = page.header("Set-Cookie");
  CHECK(cookie.ends_with("; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax; Secure"));
  const std::string token = cookie.substr(9, cookie.find(';') - 9);
  CHECK(events::parse_voter_token(fixture.mac, token));
  const auto again = [&](const std::string& value) {
    return fixture.get("/p/is-script-b-fine-state-" + poll.id(), {{"Cookie", value}});
  };
  CHECK(again("fp_voter=" + token).header("Set-Cookie").empty());
  CHECK_FALSE(again("fp_voter=of-another-deployment").header("Set-Cookie").empty());
}

TEST_CASE("a page waits for the vote that it is told of") {
  ReadFixture fixture;
  TestPoll poll = asked(fixture, "Lunch today?");
  const std::jthread late([&] {
    (void)runtime::pause({}, std::chrono::milliseconds(300));
    fixture.cast(poll, fixture.tag(poll, kAnn), {1});
    fixture.write(poll);
  });
  const std::string path = "/p/lunch-today-" + poll.id() + "?notice=voted";
  CHECK_FALSE(has(fixture.get(path, {fixture.cookie(kAnn)}), "You voted"));
  CHECK(has(fixture.get(path + "&min_seq=1", {fixture.cookie(kAnn)}), "You voted"));
}

TEST_CASE("a page tells its voter what he voted") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  fixture.cast(poll, fixture.tag(poll, kAnn), {1});
  fixture.write(poll);
  const std::string path = "/p/lunch-today-" + poll.id();
  const Answer page = fixture.get(path + "?notice=voted", {fixture.cookie(kAnn)});
  CHECK(has(page, "You voted <b dir=\"auto\">Sushi</b> · entry 1"));
  CHECK(has(page, "Your vote is counted."));
  CHECK(*state_of(page).find("mine")->find("seq")->integer() == 1);
  CHECK_FALSE(has(fixture.get(path), "You voted"));
  // One that is ahead of the read side for long sees what there is.
  CHECK(has(fixture.get(path + "?min_seq=2", {fixture.cookie(kAnn)}), "entry 1"));
  CHECK(has(fixture.get(path), "<button class=\"primary\">Vote</button>"));

  poll.row.settings.allow_change = true;
  EntryRow retraction;
  retraction.type = 3;
  retraction.voter = fixture.tag(poll, kAnn);
  retraction.vote_id.emplace();
  retraction.replaces = Seq(1);
  retraction.removed = {1};
  fixture.add(poll, 10, retraction);
  fixture.write(poll);
  const Answer retracted = fixture.get(path, {fixture.cookie(kAnn)});
  CHECK(*state_of(retracted).find("mine")->find("latest")->integer() == 2);
  CHECK(has(retracted, "name=\"replaces\" value=\"2\""));

  poll.row.settings.eligibility = events::Eligibility::codes;
  fixture.write(poll);
  CHECK(state_of(fixture.get(path)).find("mine") == nullptr);
}

TEST_CASE("other spellings lead to the poll's own name") {
  ReadFixture fixture;
  const TestPoll poll = fixture.opened();
  fixture.write(poll);
  std::string lower = poll.id();
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string& name : {poll.id(), "dinner-" + poll.id(), "lunch-today-" + lower}) {
    const Answer vote = fixture.get("/p/" + name + "?seq=0&notice=a%26b");
    CHECK(vote.status == 301);
    CHECK(vote.header("Location") == "/p/lunch-today-" + poll.id() + "?seq=0&notice=a%26b");
    CHECK(fixture.get("/manage/" + name).header("Location") == "/manage/lunch-today-" + poll.id());
  }
  const Answer manage = fixture.get("/manage/lunch-today-" + poll.id() + "?anything=1");
  CHECK(manage.status == 200);
  CHECK(manage.header("Set-Cookie").empty());
  CHECK(state_of(manage).find("mine") == nullptr);
}

TEST_CASE("people read words where the API has problems") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  const Answer unknown = fixture.get("/p/" + poll.id());
  CHECK(unknown.status == 404);
  CHECK(has(unknown, "<h1>No poll here</h1>"));
  CHECK(fixture.get("/p/nonsense").status == 404);
  poll.row.hidden = poll.row.closed = Seq(0);
  fixture.write(poll);
  for (const char* path : {"/p/", "/manage/"}) {
    const Answer hidden = fixture.get(path + poll.id());
    CHECK(hidden.status == 410);
    CHECK(has(hidden, "<h1>This poll was removed</h1>"));
  }
  fixture.sql("DELETE FROM checkpoints.read_pointer");
  const Answer down = fixture.get("/p/" + poll.id());
  CHECK(down.status == 503);
  CHECK(has(down, "<h1>Back in a moment</h1>"));
}

TEST_CASE("a page waits a little for a poll that was opened just now") {
  ReadFixture fixture;
  const TestPoll poll = fixture.opened();
  auto page = begin_get(fixture.router, "/p/lunch-today-" + poll.id());
  CHECK(page.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
  fixture.write(poll);
  REQUIRE(page.wait_for(std::chrono::seconds(5)) == std::future_status::ready);
  CHECK(page.get().status == 200);
}

TEST_CASE("every code has its page, and assets are kept for ever") {
  ReadFixture fixture;
  for (const auto& info : events::refusals()) {
    const Answer page = fixture.get("/problems/" + std::string(info.code));
    CHECK(page.status == 200);
    CHECK(has(page, "<code>" + std::string(info.code) + "</code>"));
  }
  CHECK(fixture.get("/problems/method_not_allowed").status == 200);
  CHECK(fixture.get("/problems/nonsense").status == 404);
  CHECK(has(fixture.get("/"), "What do you want to ask?"));
  CHECK(has(fixture.get("/how"), "How it counts"));
  const Answer script = fixture.get("/assets/vote-1.js");
  CHECK(script.body == "let x = 1;");
  CHECK(script.header("Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(fixture.get("/assets/vote-2.js").status == 404);
  CHECK(fixture.get("/assets/..%2Fpages%2Fvote.html").status == 404);
}

TEST_CASE("the QR code is a picture of the page's address") {
  ReadFixture fixture;
  const TestPoll poll = fixture.opened();
  fixture.write(poll);
  const Answer picture = fixture.get(poll.path("/qr.svg"));
  CHECK(picture.status == 200);
  CHECK(
      picture.body.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 41 41\""));
}

}  // namespace
}  // namespace flashpoll::query::test
