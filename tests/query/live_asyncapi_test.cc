#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "infra/json/json.h"
#include "query/frames.h"
#include "query/live_routes.h"
#include "query/ws_message.h"
#include "tests/query/live_fakes.h"

/// The code and schemas/http/asyncapi.yaml say the same.
namespace flashpoll::query {
namespace {

using namespace test;
using Names = std::set<std::string>;

const std::string& document() {
  static const std::string text = [] {
    std::ifstream in(FLASHPOLL_ASYNCAPI);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }();
  REQUIRE(!text.empty());
  return text;
}

/// The lines below `    NAME:` in the section `  schemas:`, four columns to the left.
std::vector<std::string> schema(const std::string& name) {
  std::istringstream in(document().substr(document().find("\n  schemas:\n")));
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (inside && !line.starts_with("      ")) break;
    if (inside) lines.push_back(line.substr(6));
    inside |= line == "    " + name + ":";
  }
  REQUIRE(!lines.empty());
  return lines;
}

Names properties(const std::string& name) {
  Names names;
  bool inside = false;
  for (const std::string& line : schema(name)) {
    if (!line.starts_with(' ')) inside = line == "properties:";
    const bool names_one = inside && line.starts_with("  ") && line[2] != ' ';
    if (names_one) names.insert(line.substr(2, line.find(':') - 2));
  }
  return names;
}

/// Words between the brackets of the first line of the schema that begins so.
Names words(const std::string& name, const std::string& beginning) {
  for (std::string line : schema(name)) {
    line.erase(0, line.find_first_not_of(' '));
    if (!line.starts_with(beginning)) continue;
    std::istringstream in(line.substr(line.find('[') + 1, line.find(']') - line.find('[') - 1));
    Names all;
    for (std::string word; std::getline(in >> std::ws, word, ',');) all.insert(word);
    return all;
  }
  FAIL("no such line: " << beginning);
  return {};
}

Names members(const std::string& text) {
  const auto parsed = json::parse(text);
  Names names;
  for (const json::Member& member : std::get<json::Value>(parsed).object())
    names.insert(member.name);
  return names;
}

std::string data_of(const std::string& event) {
  const std::size_t at = event.find("data: ") + 6;
  return event.substr(at, event.find('\n', at) - at);
}

PollRow poll_with(events::Results results) {
  PollRow poll;
  poll.settings.poll = kLunch;
  poll.settings.closes_at = kNoon;
  poll.settings.results = results;
  poll.latest.votes = {1, 2};
  return poll;
}

Names operator+(Names all, const Names& more) {
  all.insert(more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("frames have the members of the document") {
  const auto plain = announce(poll_with(events::Results::live), Status::open, 1);
  const auto withheld = announce(poll_with(events::Results::after_vote), Status::open, 1);
  const Names required = words("Results", "required: [poll");
  CHECK(members(*plain->frames(true).message) == required + Names{"votes"});
  CHECK(members(*withheld->frames(false).message) == required + Names{"withheld"});
  CHECK(properties("Results") == required + Names{"votes", "withheld"});

  PollRow hidden = poll_with(events::Results::live);
  hidden.hidden = hidden.closed = events::Seq{0};
  const auto end = announce(hidden, Status::closed, 1);
  CHECK(members(data_of(*end->frames(true).events)) == properties("End"));
  CHECK(members(*end->frames(true).message) == properties("PollProblem"));
  const auto problem = json::parse(*end->frames(true).message);
  Names of_problem;
  for (const auto& member : std::get<json::Value>(problem).find("problem")->object())
    of_problem.insert(member.name);
  CHECK(of_problem == properties("Problem"));
}

TEST_CASE("the document lists the statuses and what is withheld") {
  Names statuses;
  for (const Status status :
       {Status::scheduled, Status::open, Status::closing, Status::closed, Status::parked})
    statuses.insert(std::string(name(status)));
  CHECK(words("Results", "status:") == statuses);
  CHECK(words("Results", "withheld:") ==
        Names{std::string(name(Withheld::after_close)), std::string(name(Withheld::after_vote))});
}

TEST_CASE("messages of clients are those of the document") {
  CHECK(properties("Subscribe") == Names{"subscribe", "after", "credential"});
  CHECK(parse_client_message(R"({"subscribe":"x","after":1,"credential":"y"})"));
  CHECK(properties("Unsubscribe") == Names{"unsubscribe"});
  CHECK(parse_client_message(R"({"unsubscribe":"x"})"));
  for (const char* reply : {"Subscribed", "Unsubscribed"}) {
    const Names names = properties(reply);
    REQUIRE(names.size() == 1);
    CHECK(members(reply_message(*names.begin(), kLunch)) == names);
  }
}

TEST_CASE("routes and subprotocol are those of the document") {
  HubBench bench;
  http::Router router;
  add_live_routes(router, bench.hub, {});
  const auto routes = router.routes();
  CHECK(routes.size() == 2);
  for (const http::Route& route : routes) {
    CHECK(route.method == "GET");
    CHECK(document().find("\n    address: " + route.pattern + "\n") != std::string::npos);
  }
  CHECK(document().find("const: " + std::string(kSubprotocol) + "\n") != std::string::npos);
}

}  // namespace flashpoll::query
