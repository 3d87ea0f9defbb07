#include "infra/bench/vote_requests.h"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <stdexcept>

namespace flashpoll::bench {

namespace {

const std::vector<std::string> kPolls = {"AAAAAAAAAAAA", "BBBBBBBBBBBB", "CCCCCCCCCCCC"};

struct Sent {
  std::map<std::string, int> polls;
  std::set<std::string> ids;
  int malformed = 0;
};

Sent send(const std::string& workload, int count) {
  VoteRequests requests(kPolls, workload);
  Sent sent;
  for (int i = 0; i < count; ++i) {
    const std::string text(requests.next());
    const std::size_t body = text.find("\r\n\r\n") + 4;
    CHECK(text.find("Content-Length: " + std::to_string(text.size() - body)) != std::string::npos);
    ++sent.polls[text.substr(std::string("POST /v1/polls/").size(), 12)];
    const std::size_t id = text.find("\"vote_id\":\"");
    if (id == std::string::npos) {
      ++sent.malformed;
    } else {
      sent.ids.insert(text.substr(id + 11, 36));
    }
  }
  return sent;
}

}  // namespace

TEST_CASE("flash: one poll, every vote another one, also of another run") {
  const Sent first = send("flash", 1'000);
  CHECK(first.polls == std::map<std::string, int>{{kPolls[0], 1'000}});
  CHECK(first.ids.size() == 1'000);
  const Sent second = send("flash", 1'000);
  CHECK(!first.ids.contains(*second.ids.begin()));
}

TEST_CASE("uniform and zipf: all polls, as often as the other, or 1, 1/2, 1/3 as often") {
  const Sent uniform = send("uniform", 3'000);
  for (const std::string& poll : kPolls) CHECK(uniform.polls.at(poll) == 1'000);
  Sent zipf = send("zipf", 11'000);
  CHECK(zipf.polls[kPolls[0]] == doctest::Approx(6'000).epsilon(0.1));
  CHECK(zipf.polls[kPolls[1]] == doctest::Approx(3'000).epsilon(0.1));
  CHECK(zipf.polls[kPolls[2]] == doctest::Approx(2'000).epsilon(0.1));
}

TEST_CASE("repeats: a tenth of the votes were sent before; malformed: one of a hundred") {
  const Sent repeats = send("repeats", 10'000);
  CHECK(repeats.ids.size() == 10'000 - 800);
  CHECK(send("malformed", 1'000).malformed == 10);
  CHECK_THROWS_AS(VoteRequests(kPolls, "storm"), std::invalid_argument);
}

}  // namespace flashpoll::bench
