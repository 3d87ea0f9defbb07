#include "infra/app/replay_view.h"

#include <doctest/doctest.h>

#include "infra/json/json.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {
namespace {

using namespace events;

constexpr PollId kPoll{7};
constexpr TimeMs kOpened = 1'000'000;

/// A poll at lunch, and what its entries look like.
struct Lunch {
  std::string text(const Event& event) { return entry_text(judged(event)); }
  std::string json(const Event& event) { return entry_json(judged(event)); }

  Fold fold;

 private:
  const Judged& judged(const Event& event) {
    decoded = event;
    const Position position{offset, kOpened + 1000 * offset};
    ++offset;
    outcome.emplace(fold.fold(position, decoded));
    REQUIRE(std::holds_alternative<Judged>(*outcome));
    return std::get<Judged>(*outcome);
  }

  std::int64_t offset = 0;
  Decoded decoded;
  std::optional<Outcome> outcome;
};

PollOpened opening() {
  PollOpened opened;
  opened.poll = kPoll;
  opened.question = "Lunch today?";
  opened.choices = {"Pizza", "Sushi"};
  opened.allow_change = true;
  opened.closes_at = kOpened + 60'000;
  return opened;
}

VoteCast vote(std::uint8_t voter, std::uint8_t choice, std::optional<Seq> replaces = {}) {
  VoteCast cast;
  cast.poll = kPoll;
  cast.choices = {choice};
  cast.replaces = replaces;
  cast.voter.bytes[0] = voter;
  cast.vote_id.bytes[0] = voter;
  cast.vote_id.bytes[1] = replaces ? 1 : 0;
  return cast;
}

TEST_CASE("each entry says what it did to the counts, or why it is void") {
  Lunch lunch;
  CHECK(lunch.text(opening()) == "0 1970-01-01T00:16:40.000Z poll.opened.v1 counted = 0 0\n");
  CHECK(lunch.text(vote(1, 0)) == "1 1970-01-01T00:16:41.000Z vote.cast.v1 counted +Pizza = 1 0\n");
  CHECK(lunch.text(vote(1, 1, Seq(1))) ==
        "2 1970-01-01T00:16:42.000Z vote.cast.v1 counted -Pizza +Sushi = 0 1\n");
  CHECK(lunch.text(vote(2, 7)) ==
        "3 1970-01-01T00:16:43.000Z vote.cast.v1 void: invalid_choices\n");
}

TEST_CASE("an entry as JSON holds the event itself, verdict and counts") {
  Lunch lunch;
  (void)lunch.json(opening());
  const auto parsed = json::parse(lunch.json(vote(1, 1)));
  REQUIRE(std::holds_alternative<json::Value>(parsed));
  const auto& entry = std::get<json::Value>(parsed);
  CHECK(entry.find("seq")->integer() == 1);
  CHECK(entry.find("verdict")->string() == "counted");
  CHECK(entry.find("reason")->is(json::Kind::null));
  CHECK(entry.find("event")->find("type")->string() == "vote.cast.v1");
  CHECK(entry.find("added")->array().at(0).integer() == 1);
  CHECK(entry.find("removed")->array().empty());
  CHECK(entry.find("votes")->array().at(1).integer() == 1);
  CHECK(entry.find("voters")->integer() == 1);
}

TEST_CASE("a picture is the poll as its last entry left it") {
  Lunch lunch;
  (void)lunch.text(opening());
  (void)lunch.text(vote(1, 0));
  CHECK(one_line(picture_of(*lunch.fold.find(kPoll))) ==
        "1970-01-01T00:16:41.000Z 1 open, 1 voted: Pizza 1, Sushi 0");
  (void)lunch.text(PollClosed{kPoll, {}, ClosedBy::owner});
  CHECK(picture_of(*lunch.fold.find(kPoll)).status == "closed");
  (void)lunch.text(PollHidden{kPoll, {}});
  CHECK(picture_of(*lunch.fold.find(kPoll)).status == "hidden");
}

TEST_CASE("a speed is a whole number, with or without x") {
  CHECK(parse_speed("20x") == 20);
  CHECK(parse_speed("1") == 1);
  for (const char* text : {"", "x", "0x", "-1", "1.5x", "20xx", "1000001"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)parse_speed(text), Misconfigured);
  }
}

}  // namespace
}  // namespace flashpoll::app
