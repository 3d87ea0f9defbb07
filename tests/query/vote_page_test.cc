#include "query/vote_page.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace flashpoll::query {
namespace {

using events::Eligibility;
using events::Seq;

std::string file(const std::string& name) {
  std::ifstream in(std::string(FLASHPOLL_PAGES) + "/" + name, std::ios::binary);
  REQUIRE_MESSAGE(in, name);
  return {std::istreambuf_iterator<char>(in), {}};
}

const Words& words() {
  static const Words all(file("words.json"));
  return all;
}

PollRow lunch() {
  PollRow row;
  row.settings.poll = *events::PollId::parse("7Q2M9X4KTB3D");
  row.settings.question = "Lunch <today>?";
  row.settings.choices = {"Pizza & pasta", "Sushi"};
  row.settings.closes_at = 1795176000000;
  row.latest.votes = {25, 15};
  row.latest.voters = 40;
  return row;
}

/// The value of a hole.
std::string value(const VotePage& page, std::string_view hole) {
  const auto values = vote_page_values(page, words());
  const auto found =
      std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.first == hole; });
  REQUIRE(found != values.end());
  return found->second;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const std::string kVoteForm =
    "<input type=\"hidden\" name=\"vote_id\" value=\"00000000-0000-0000-0000-000000000000\">"
    "<div class=\"actions\"><button class=\"primary\">Vote</button></div>";

TEST_CASE("an open poll shows its choices as inputs, with shares that are rounded") {
  const PollRow row = lunch();
  const VotePage page{.poll = row};
  CHECK(value(page, "choices") ==
        "<div class=\"choice\"><input type=\"radio\" name=\"choice\" value=\"0\" id=\"c0\" "
        "aria-describedby=\"n0\"><label for=\"c0\" dir=\"auto\">Pizza &amp; pasta</label>"
        "<span class=\"figures\" id=\"n0\"><span class=\"share\">63\u00A0%</span>"
        "<span class=\"count\">25</span></span><svg class=\"bar\" aria-hidden=\"true\">"
        "<rect class=\"fill\" width=\"63%\" height=\"100%\" rx=\"4\"/></svg></div>"
        "<div class=\"choice\"><input type=\"radio\" name=\"choice\" value=\"1\" id=\"c1\" "
        "aria-describedby=\"n1\"><label for=\"c1\" dir=\"auto\">Sushi</label>"
        "<span class=\"figures\" id=\"n1\"><span class=\"share\">38\u00A0%</span>"
        "<span class=\"count\">15</span></span><svg class=\"bar\" aria-hidden=\"true\">"
        "<rect class=\"fill\" width=\"38%\" height=\"100%\" rx=\"4\"/></svg></div>");
  CHECK(value(page, "ballot") == kVoteForm);
  CHECK(value(page, "tally") == "40 votes");
  CHECK(value(page, "status_words") == "live · closes 2026-11-20 12:00 UTC");
  CHECK(value(page, "notice").empty());
}

TEST_CASE("tallies read like words") {
  PollRow row = lunch();
  row.latest.voters = 0;
  row.latest.votes = {0, 0};
  CHECK(value({.poll = row}, "tally") == "No votes yet");
  CHECK(has(value({.poll = row}, "choices"), "width=\"0%\""));
  row.latest.voters = 1;
  CHECK(value({.poll = row}, "tally") == "1 vote");
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1'000) == "1,000");
  CHECK(with_commas(1'234'567) == "1,234,567");
}

TEST_CASE("who has voted sees what, and cannot vote again") {
  const PollRow row = lunch();
  const VotePage page{.poll = row, .standing = StandingEntry{Seq(42), false, {0}}};
  CHECK(value(page, "ballot") ==
        "<p class=\"mine\">You voted <b dir=\"auto\">Pizza &amp; pasta</b> · entry 42</p>");
  CHECK(has(value(page, "choices"), "<div class=\"choice own\"><span class=\"name\""));
  CHECK_FALSE(has(value(page, "choices"), "<input"));
}

TEST_CASE("where changes are allowed the form replaces the latest entry") {
  PollRow row = lunch();
  row.settings.allow_change = true;
  row.settings.max = 2;
  const VotePage voted{.poll = row, .standing = StandingEntry{Seq(42), false, {0, 1}}};
  CHECK(has(value(voted, "choices"),
            "type=\"checkbox\" name=\"choice\" value=\"0\" id=\"c0\" "
            "aria-describedby=\"n0\" checked>"));
  const std::string ballot = value(voted, "ballot");
  CHECK(has(ballot, "Pizza &amp; pasta, Sushi"));
  CHECK(has(ballot, "<input type=\"hidden\" name=\"replaces\" value=\"42\">"));
  CHECK(has(ballot, "Change my vote"));
  const VotePage retracted{.poll = row, .standing = StandingEntry{Seq(43), true, {}}};
  CHECK(has(value(retracted, "ballot"), "name=\"replaces\" value=\"43\""));
  CHECK_FALSE(has(value(retracted, "ballot"), "You voted"));
}

TEST_CASE("every state that takes no votes says so") {
  PollRow row = lunch();
  row.settings.opens_at = 1795172400000;
  for (const Status status : {Status::scheduled, Status::closing, Status::closed, Status::parked}) {
    CAPTURE(name(status));
    const VotePage page{.poll = row, .status = status};
    CHECK(value(page, "ballot") ==
          "<p class=\"mine\">" + std::string(words().text("ballot." + std::string(name(status)))) +
              "</p>");
    CHECK_FALSE(has(value(page, "choices"), "<input"));
    CHECK_FALSE(value(page, "status_words").empty());
  }
  CHECK(value({.poll = row, .status = Status::scheduled}, "status_words") ==
        "Opens 2026-11-20 11:00 UTC");
  row.settings.eligibility = Eligibility::trusted;
  CHECK(has(value({.poll = row}, "ballot"), words().text("ballot.trusted")));
}

TEST_CASE("a codes poll asks for the code") {
  PollRow row = lunch();
  row.settings.eligibility = Eligibility::codes;
  CHECK(has(value({.poll = row}, "ballot"), "<input id=\"code\" name=\"code\""));
}

TEST_CASE("withheld counts are nowhere on the page") {
  const PollRow row = lunch();
  const VotePage page{.poll = row, .withheld = Withheld::after_close};
  CHECK_FALSE(has(value(page, "choices"), "25"));
  CHECK_FALSE(has(value(page, "choices"), "63"));
  CHECK(value(page, "tally") == "40 votes · Results are shown when the poll closes.");
}

TEST_CASE("only notices that are listed are shown") {
  const PollRow row = lunch();
  CHECK(value({.poll = row, .notice = "voted"}, "notice") ==
        "<p class=\"notice good\" role=\"status\">Your vote is counted.</p>");
  CHECK(value({.poll = row, .notice = "<script>"}, "notice").empty());
  CHECK(value({.poll = row, .notice = "voted.text"}, "notice").empty());
}

TEST_CASE("templates fill their holes and escape what is text") {
  const Template page("<h1>{{title}}</h1>{{{body}}}{{title}}");
  CHECK(page.holes() == std::vector<std::string>{"title", "body", "title"});
  CHECK(page.render({{"title", "a<b & \"c\" 'd'"}, {"body", "<p>{{title}}</p>"}}) ==
        "<h1>a&lt;b &amp; &quot;c&quot; &#39;d&#39;</h1><p>{{title}}</p>"
        "a&lt;b &amp; &quot;c&quot; &#39;d&#39;");
  CHECK(Template("no hole").render({}) == "no hole");
}

TEST_CASE("every hole of the vote page has a value") {
  const PollRow row = lunch();
  auto known = vote_page_values({.poll = row}, words());
  known.emplace_back("state", "{}");
  for (const std::string& hole : Template(file("vote.html")).holes()) {
    if (hole.starts_with(">") || hole.starts_with("asset:")) continue;  // resolved by the build
    CAPTURE(hole);
    CHECK(std::any_of(known.begin(), known.end(), [&](const auto& v) { return v.first == hole; }));
  }
}

}  // namespace
}  // namespace flashpoll::query
