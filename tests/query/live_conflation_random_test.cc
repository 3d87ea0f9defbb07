#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "query/conflation.h"

/// Polls that change at random, notifications that are late or lost, reads that take time, fail, or
/// ask a replica that lags: what subscribers are told must stay within the promises.
namespace flashpoll::query {
namespace {

using events::PollId;
using events::Seq;

constexpr events::TimeMs kWall = 1'800'000'000'000;
constexpr std::int64_t kMaxLag = 120;
constexpr std::int64_t kMaxDelay = 40;

struct Change {
  std::int64_t at = 0;
  Seq seq;
};

struct Read {
  std::int64_t at = 0;
  std::vector<PollId> polls;
  bool fails = false;
};

class World {
 public:
  explicit World(std::uint32_t seed) : random_(seed) {
    for (std::uint64_t id = 1; id <= 5; ++id) {
      history_[PollId{id}].push_back({0, Seq{0}});
      conflation_.watch(PollId{id}, now());
    }
  }

  void run(std::int64_t end, bool quiet) {
    for (; ms_ < end; ++ms_) {
      if (!quiet) change();
      deliver();
      answer();
      drain();
    }
  }

  void check_all_told() {
    for (auto& [poll, changes] : history_) {
      INFO("poll " << poll.bits());
      REQUIRE(told_.contains(poll));
      CHECK(told_[poll].back().seq == changes.back().seq);
    }
  }

  std::size_t frames() const { return frames_; }
  std::size_t reads() const { return reads_made_; }

 private:
  [[nodiscard]] Now now() const { return {ms_, kWall + ms_}; }
  std::int64_t roll(std::int64_t below) {
    return std::uniform_int_distribution<std::int64_t>{0, below - 1}(random_);
  }

  void change() {
    for (auto& [poll, changes] : history_) {
      if (roll(poll.bits() * 10) != 0) continue;
      const Seq seq{changes.back().seq.value + 1 + roll(3)};
      changes.push_back({ms_, seq});
      if (roll(10) == 0) continue;  // the notification is lost
      const auto at = ms_ + roll(kMaxDelay);
      if (roll(20) == 0)
        all_.push_back(at);
      else
        notifications_.emplace(at, std::pair{poll, seq});
    }
  }

  void deliver() {
    for (; !all_.empty() && all_.front() <= ms_; all_.pop_front()) conflation_.notified_all(now());
    while (!notifications_.empty() && notifications_.begin()->first <= ms_) {
      const auto [poll, seq] = notifications_.begin()->second;
      conflation_.notified(poll, seq, now());
      notifications_.erase(notifications_.begin());
    }
  }

  /// What a replica shows that is a random time behind.
  std::shared_ptr<const PollRow> look(PollId poll) {
    const std::int64_t as_of = roll(3) == 0 ? ms_ - roll(kMaxLag) : ms_;
    auto row = std::make_shared<PollRow>();
    row->settings.closes_at = kWall + 3'600'000;
    for (const Change& change : history_[poll])
      if (change.at <= as_of) row->latest.seq = change.seq;
    return row;
  }

  void answer() {
    while (!under_way_.empty() && under_way_.front().at <= ms_) {
      const Read read = std::move(under_way_.front());
      under_way_.pop_front();
      if (read.fails) {
        conflation_.read_failed(read.polls, now());
        continue;
      }
      std::vector<ReadPoll> rows;
      for (const PollId poll : read.polls) rows.push_back({poll, look(poll)});
      conflation_.rows_read(rows, now());
    }
  }

  void drain() {
    if (conflation_.next_ms() > ms_) return;
    Conflation::Step step = conflation_.tick(now());
    CHECK(conflation_.next_ms() > ms_);
    reads_made_ += step.reads.size();
    if (!step.reads.empty())
      under_way_.push_back({ms_ + 1 + roll(15), std::move(step.reads), roll(25) == 0});
    for (const auto& frame : step.frames) take(frame);
  }

  void take(const Conflation::Frame& frame) {
    ++frames_;
    auto& told = told_[frame.poll];
    const Seq seq = frame.row->latest.seq;
    if (!told.empty()) {
      CHECK(seq > told.back().seq);  // neither lower nor, as nothing else changes, equal
      CHECK(ms_ - told.back().at >= 100);
    }
    told.push_back({ms_, seq});
  }

  std::mt19937 random_;
  std::int64_t ms_ = 1'000;
  Conflation conflation_;
  std::map<PollId, std::vector<Change>> history_;
  std::map<PollId, std::vector<Change>> told_;
  std::multimap<std::int64_t, std::pair<PollId, Seq>> notifications_;
  std::deque<std::int64_t> all_;
  std::deque<Read> under_way_;
  std::size_t frames_ = 0;
  std::size_t reads_made_ = 0;
};

}  // namespace

TEST_CASE("whatever is delayed or lost, frames step forward and the newest one comes in time") {
  const std::uint32_t first = std::random_device{}();
  for (std::uint32_t seed = first; seed != first + 25; ++seed) {
    INFO("seed " << seed);
    World world(seed);
    world.run(6'000, false);
    // Sweep, the lag of the replica, two backed-off or failed reads and the pace of frames.
    world.run(6'000 + 1'000 + kMaxLag + 500, true);
    world.check_all_told();
    CHECK(world.frames() > 5 * 10);
    CHECK(world.frames() <= 5 * 10 * 7);
    CHECK(world.reads() < 5 * 7 * 40);
  }
}

}  // namespace flashpoll::query
