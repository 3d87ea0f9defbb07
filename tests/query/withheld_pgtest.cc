#include <doctest/doctest.h>

#include "events/credentials.h"
#include "infra/json/json.h"
#include "tests/query/read_fixture.h"

namespace flashpoll::query::test {
namespace {

using events::Eligibility;
using events::Results;
using events::Seq;

constexpr events::DeviceId kAnn = {1, 2, 3};
constexpr events::DeviceId kBob = {4, 5, 6};

json::Value parsed(const Answer& answer) {
  auto value = json::parse(answer.body);
  REQUIRE_MESSAGE(std::holds_alternative<json::Value>(value), answer.body);
  return std::get<json::Value>(std::move(value));
}

std::string code_of(const Answer& answer) { return parsed(answer).find("code")->string(); }

bool has(const Answer& answer, std::string_view part) {
  return answer.body.find(part) != std::string::npos;
}

http::Header bearer(std::string_view token) {
  return {"Authorization", "Bearer " + std::string(token)};
}

/// Ann has voted for the second choice.
TestPoll voted(ReadFixture& fixture, Results results) {
  TestPoll poll = fixture.opened();
  poll.row.settings.results = results;
  fixture.cast(poll, fixture.tag(poll, kAnn), {1});
  fixture.write(poll);
  return poll;
}

/// Nothing on any path tells how somebody voted.
void check_withheld(const ReadFixture& fixture, const TestPoll& poll, const std::string& why,
                    const std::vector<http::Header>& headers) {
  const auto ask = [&](const std::string& rest) { return fixture.get(poll.path(rest), headers); };
  const Answer results = ask("/results");
  CHECK(results.status == 200);
  CHECK_FALSE(has(results, "votes\""));
  CHECK(parsed(results).find("withheld")->string() == why);
  CHECK(results.header("Cache-Control") == "private, no-cache");
  CHECK(results.header("Vary") == "Cookie, Voter-Token, Voter-Code, Authorization");
  CHECK(results.header("ETag") == "\"1-open-withheld\"");
  for (const char* rest : {"/windows", "/results?seq=1", "/results?at=2027-01-15T08:00:01Z"}) {
    CHECK(ask(rest).status == 403);
    CHECK(code_of(ask(rest)) == "withheld");
  }
  const std::string entry =
      "{\"seq\":1,\"at\":\"2027-01-15T08:00:00.260Z\",\"type\":\"vote.cast.v1\","
      "\"verdict\":\"counted\",\"reason\":null,\"voter\":\"" +
      poll.entries[1].voter->text() + "\"}";
  CHECK(ask("/entries/1").body == entry);
  CHECK(has(ask("/entries"), "," + entry + "]"));
  CHECK(has(ask("/export.ndjson"), "\n" + entry + "\n"));
  CHECK(has(ask("/export.csv"), "," + poll.entries[1].voter->text() + ",,,,,,\r\n"));
  for (const char* rest : {"/entries", "/entries/1", "/export.ndjson", "/export.csv"}) {
    CAPTURE(rest);
    CHECK_FALSE(has(ask(rest), "added\""));
    CHECK_FALSE(has(ask(rest), "vote_id\""));
    CHECK(ask(rest).header("Cache-Control") == "private, no-cache");
  }
  const Answer page = fixture.get("/p/lunch-today-" + poll.id(), headers);
  CHECK(page.status == 200);
  CHECK_FALSE(has(page, "class=\"share\""));
  CHECK_FALSE(has(page, "\"votes\""));
}

void check_shown(const ReadFixture& fixture, const TestPoll& poll,
                 const std::vector<http::Header>& headers) {
  const auto ask = [&](const std::string& rest) { return fixture.get(poll.path(rest), headers); };
  CHECK(has(ask("/results"), "\"text\":\"Sushi\",\"votes\":1"));
  CHECK_FALSE(has(ask("/results"), "withheld"));
  CHECK(ask("/results?seq=1").status == 200);
  CHECK(ask("/windows").status == 200);
  CHECK(has(ask("/entries/1"), "\"choices\":[1]"));
  CHECK(has(ask("/export.ndjson"), "\"entry\":"));
  CHECK(has(fixture.get("/p/lunch-today-" + poll.id(), headers), "class=\"share\""));
}

TEST_CASE(
    "results that wait for the close are kept from everybody on every path, until the entry") {
  ReadFixture fixture;
  TestPoll poll = voted(fixture, Results::after_close);
  check_withheld(fixture, poll, "after_close", {});
  check_withheld(fixture, poll, "after_close", {fixture.cookie(kAnn)});
  check_withheld(fixture, poll, "after_close", {bearer(kManageToken)});
  fixture.clock.set_wall(poll.row.settings.closes_at + 1);
  CHECK_FALSE(has(fixture.get(poll.path("/results")), "votes\""));
  fixture.close(poll);
  fixture.write(poll);
  check_shown(fixture, poll, {});
  CHECK(fixture.get(poll.path("/results")).header("Cache-Control") == "no-cache");
}

TEST_CASE("results that wait for the own vote are shown to who has one standing") {
  ReadFixture fixture;
  TestPoll poll = voted(fixture, Results::after_vote);
  check_withheld(fixture, poll, "after_vote", {});
  check_withheld(fixture, poll, "after_vote", {fixture.cookie(kBob)});
  check_withheld(fixture, poll, "after_vote", {bearer(kManageToken)});
  check_withheld(fixture, poll, "after_vote",
                 {fixture.cookie(kAnn), {"Voter-Token", events::voter_token(fixture.mac, kBob)}});
  check_shown(fixture, poll, {fixture.cookie(kAnn)});
  const Answer shown = fixture.get(poll.path("/results"), {fixture.cookie(kAnn)});
  CHECK(shown.header("Cache-Control") == "private, no-cache");
  CHECK(shown.header("ETag") == "\"1-open\"");
  fixture.close(poll);
  fixture.write(poll);
  check_shown(fixture, poll, {});
}

TEST_CASE("votes/mine gives the standing ballot's receipt to its voter") {
  ReadFixture fixture;
  TestPoll poll = voted(fixture, Results::live);
  const auto mine = [&](std::vector<http::Header> headers, const std::string& query = "") {
    return fixture.get(poll.path("/votes/mine" + query), std::move(headers));
  };
  const Answer receipt = mine({fixture.cookie(kAnn)});
  CHECK(receipt.body == "{\"poll\":\"" + poll.id() +
                            "\",\"seq\":1,\"at\":\"2027-01-15T08:00:00.260Z\",\"vote_id\":\"" +
                            poll.entries[1].vote_id->text() + "\",\"choices\":[1]}");
  CHECK(receipt.header("Cache-Control") == "no-store");
  CHECK(mine({{"Voter-Token", events::voter_token(fixture.mac, kAnn)}}).status == 200);
  CHECK(code_of(mine({fixture.cookie(kBob)})) == "no_such_vote");
  CHECK(parsed(mine({fixture.cookie(kBob)})).find("latest") == nullptr);
  CHECK(mine({}).status == 401);
  CHECK(mine({}).header("WWW-Authenticate") == "Voter-Token realm=\"flashpoll\"");
  CHECK(mine({{"Cookie", "fp_voter=forged"}}).status == 401);
  CHECK(code_of(mine({{"Voter-Token", "forged"}})) == "credential_invalid");
  CHECK(code_of(mine({fixture.cookie(kAnn)}, "?seq=1")) == "bad_request");

  EntryRow retraction;
  retraction.type = 3;
  retraction.voter = fixture.tag(poll, kAnn);
  retraction.vote_id.emplace();
  retraction.replaces = Seq(1);
  retraction.removed = {1};
  fixture.add(poll, 10, retraction);
  fixture.write(poll);
  const Answer none = mine({fixture.cookie(kAnn)});
  CHECK(none.status == 404);
  CHECK(*parsed(none).find("latest")->integer() == 2);

  poll.row.settings.key = {};
  fixture.write(poll);
  CHECK(code_of(mine({fixture.cookie(kAnn)})) == "wrong_secret");
}

TEST_CASE("one-time codes name their voter, and are shown to the owner") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  const events::PollId id = poll.row.settings.poll;
  poll.row.settings.eligibility = Eligibility::codes;
  poll.row.settings.results = Results::after_vote;
  poll.row.codes_issued = 5;
  fixture.cast(poll, events::tag_of_code({fixture.mac, id}, 3), {1});
  fixture.write(poll);
  const std::string code = events::one_time_code({fixture.mac, id}, 3);
  CHECK(fixture.get(poll.path("/votes/mine"), {{"Voter-Code", code}}).status == 200);
  CHECK(fixture.get(poll.path("/votes/mine")).header("WWW-Authenticate") ==
        "Voter-Code realm=\"flashpoll\"");
  const std::string unissued = events::one_time_code({fixture.mac, id}, 5);
  CHECK(code_of(fixture.get(poll.path("/votes/mine"), {{"Voter-Code", unissued}})) ==
        "credential_invalid");
  check_shown(fixture, poll, {{"Voter-Code", code}});

  const auto codes = [&](const std::string& query, std::vector<http::Header> headers) {
    return fixture.get(poll.path("/codes" + query), std::move(headers));
  };
  const Answer shown = codes("?first=3&count=10", {bearer(kManageToken)});
  CHECK(shown.body == "{\"poll\":\"" + poll.id() +
                          "\",\"issued\":5,\"first\":3,\"count\":2,\"codes\":[\"" + code + "\",\"" +
                          events::one_time_code({fixture.mac, id}, 4) + "\"]}");
  CHECK(shown.header("Cache-Control") == "no-store");
  CHECK(has(codes("?first=5", {bearer(kManageToken)}), "\"codes\":[]"));
  CHECK(codes("?count=10001", {bearer(kManageToken)}).status == 400);
  CHECK(code_of(codes("", {})) == "credential_missing");
  CHECK(codes("", {}).header("WWW-Authenticate") == "Bearer realm=\"flashpoll\"");
  CHECK(code_of(codes("", {bearer("guess")})) == "not_owner");
  poll.row.settings.eligibility = Eligibility::open;
  fixture.write(poll);
  CHECK(code_of(codes("", {bearer(kManageToken)})) == "wrong_eligibility");
}

TEST_CASE("a trusted caller names the voter") {
  ReadFixture fixture;
  TestPoll poll = fixture.opened();
  poll.row.settings.eligibility = Eligibility::trusted;
  poll.row.settings.results = Results::after_vote;
  fixture.cast(poll, events::tag_of_trusted({fixture.mac, poll.row.settings.poll}, "ann"), {1});
  fixture.write(poll);
  const auto ask = [&](const std::string& rest, std::string_view token) {
    return fixture.get(poll.path(rest), {bearer(token)});
  };
  CHECK(ask("/votes/mine?voter=ann", kIngestToken).status == 200);
  CHECK(code_of(ask("/votes/mine?voter=bob", kIngestToken)) == "no_such_vote");
  CHECK(code_of(ask("/votes/mine?voter=ann", "guess")) == "credential_invalid");
  CHECK(code_of(ask("/votes/mine", kIngestToken)) == "bad_request");
  CHECK(fixture.get(poll.path("/votes/mine?voter=ann")).status == 401);
  CHECK(has(ask("/results?voter=ann", kIngestToken), "\"votes\":1"));
  CHECK_FALSE(has(ask("/results?voter=bob", kIngestToken), "votes\""));
}

TEST_CASE("who guesses credentials is turned away for a while") {
  ReadFixture fixture;
  const TestPoll poll = voted(fixture, Results::live);
  for (int i = 0; i < 10; ++i) {
    CHECK(fixture.get(poll.path("/codes"), {bearer("guess")}).status == 403);
  }
  CHECK(fixture.get(poll.path("/codes"), {bearer(kManageToken)}).status == 429);
  CHECK(fixture.get(poll.path("/votes/mine"), {fixture.cookie(kAnn)}).status == 429);
  CHECK(fixture.get(poll.path("/results")).status == 200);
  fixture.clock.advance(60'000);
  CHECK(fixture.get(poll.path("/votes/mine"), {fixture.cookie(kAnn)}).status == 200);
}

}  // namespace
}  // namespace flashpoll::query::test
