#include <cstdlib>
#include <random>

#include "tests/command/desk_bench.h"
#include "tests/support/recount.h"

using namespace flashpoll;
using namespace flashpoll::command;
using namespace flashpoll::command::testing;

// Three nodes, few voters, every kind of trouble: what was promised to clients must be what an
// independent recount of the ledger finds.

namespace {

constexpr int kNodes = 3;
constexpr int kVoters = 6;

struct Sent {
  Command command;
  std::vector<RequestId> tries;
};

class Chaos {
 public:
  Chaos(std::uint64_t seed, bool read_is_durable) : random_(seed), bench_(kNodes, read_is_durable) {
    events::PollOpened poll = changeable();
    poll.allow_change = chance(70);
    poll.opens_at = chance(20) ? kStart + 3'000 : 0;
    poll.closes_at = kStart + 60'000;
    bench_.send(open_command(poll));
    bench_.settle();
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
    for (int i = 0; i < 8; ++i) {
      bench_.settle();
      bench_.pass(800);
    }
  }

  void check() {
    events::testing::Recount recount;
    for (const Landed& record : bench_.ledger()) {
      const auto decoded =
          events::decode({record.partition, record.key, record.value}, Bench::kPartitions);
      recount.add(record.position.append_time, std::get<events::Event>(decoded));
    }
    const std::size_t last = recount.lines().size() - 1;
    for (int node = 0; node < kNodes; ++node) {
      CHECK(bench_.poll(node).votes == recount.votes(last));
      CHECK(bench_.poll(node).standing == recount.voters(last));
      CHECK(bench_.poll(node).next_seq == Seq(last + 1));
    }
    for (const Sent& sent : sent_) check_answers(sent, recount);
  }

 private:
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  int node() { return static_cast<int>(random_() % kNodes); }

  void step() {
    switch (random_() % 8) {
      case 0:
      case 1:
        return send_new();
      case 2:
        return send_again();
      case 3:
        return chance(90) ? bench_.land(node()) : bench_.fail(node());
      case 4:
        return bench_.report(
            node(), chance(80) ? ledger::AppendStatus::appended : ledger::AppendStatus::in_doubt);
      case 5:
        return bench_.read(node());
      case 6:
        return look_up();
      default:
        return trouble();
    }
  }

  void look_up() {
    const int n = node();
    if (!bench_.wants_ends(n)) return;
    chance(90) ? bench_.look_up(n) : bench_.look_up_fails(n);
  }

  void trouble() {
    bench_.pass(static_cast<std::int64_t>(random_() % (chance(5) ? 6'000 : 200)));
    // The network keeps an old copy of a record and lets it land much later.
    if (chance(20)) {
      const auto ledger = bench_.ledger();
      const Landed& old = ledger[random_() % ledger.size()];
      (void)bench_.land_entry({old.partition, old.key, old.value});
    }
  }

  void send_new() {
    const VoterTag who = voter(static_cast<std::uint8_t>(1 + random_() % kVoters));
    const auto seq = random_() % (bench_.ledger().size() + 1);
    Command command;
    if (chance(3)) {
      command = ClosePoll{kPoll, {}, uuid(next_vote_++)};
    } else if (chance(20)) {
      command = take_back(who, seq);
    } else {
      const auto choice = static_cast<std::uint8_t>(random_() % 4);
      command = vote(who, {choice}, next_vote_++);
      if (chance(50)) std::get<CastVote>(command).replaces = Seq(seq);
    }
    sent_.push_back({command, {bench_.send(command, node())}});
    if (chance(20)) sent_.back().tries.push_back(bench_.send(command, node()));
  }

  void send_again() {
    if (sent_.empty()) return;
    Sent& sent = sent_[random_() % sent_.size()];
    sent.tries.push_back(bench_.send(sent.command, node()));
  }

  void check_answers(const Sent& sent, const events::testing::Recount& recount) {
    int created = 0;
    for (const RequestId id : sent.tries) {
      REQUIRE(bench_.answered(id));
      const auto* accepted = std::get_if<Accepted>(&bench_.reply(id));
      if (accepted == nullptr) continue;
      created += accepted->created ? 1 : 0;
      const std::size_t seq = accepted->receipt.seq.value;
      REQUIRE(seq < recount.lines().size());
      const events::testing::Line& line = recount.lines()[seq];
      CHECK(line.reason == events::Reason::none);
      CHECK(line.at == accepted->receipt.at);
      if (const auto* cast = std::get_if<CastVote>(&sent.command)) {
        const auto& event = std::get<events::VoteCast>(line.event);
        CHECK(event.voter == cast->claims.device.voter);
        CHECK(event.vote_id == cast->vote_id);
        CHECK(event.choices == cast->choices);
        CHECK(event.replaces == cast->replaces);
      }
    }
    CHECK(created <= 1);
  }

  std::mt19937_64 random_;
  Bench bench_;
  std::vector<Sent> sent_;
  std::uint8_t next_vote_ = 1;
};

}  // namespace

TEST_CASE("what nodes promise is what a recount of the ledger finds") {
  const char* given = std::getenv("FLASHPOLL_SEED");
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  const std::uint64_t rounds = given != nullptr ? 1 : 300;
  for (std::uint64_t seed = first; seed < first + rounds; ++seed) {
    CAPTURE(seed);
    Chaos chaos(seed, seed % 2 == 0);
    chaos.run(140);
    chaos.check();
  }
}
