#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "query/hub.h"
#include "tests/events/hmac.h"

/// Twins of what live results stand on: channels, exchanges, the read side.
namespace flashpoll::query::test {

/// Whoever takes frames one by one, or not at all.
class FakeChannel final : public http::Channel {
 public:
  void post(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    if (!gone_) tasks_.push_back(std::move(task));
  }
  [[nodiscard]] bool busy() const override { return in_flight_; }
  void send(std::shared_ptr<const std::string> frame) override {
    REQUIRE(!in_flight_);
    REQUIRE(!close_code);
    in_flight_ = true;
    frames.push_back(std::move(frame));
  }
  void close(int code, std::string_view reason) override {
    close_code = code;
    close_reason = reason;
  }

  /// The client takes the frame in flight.
  void take() {
    REQUIRE(in_flight_);
    in_flight_ = false;
    events.on_idle();
  }
  /// Runs what was posted.
  void run() {
    std::vector<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(tasks_);
    }
    for (const auto& task : tasks) task();
  }
  /// Takes frame after frame until none comes.
  void take_all() {
    run();
    while (in_flight_) {
      take();
      run();
    }
  }
  /// The connection ends; tasks that did not run are lost.
  void go() {
    {
      const std::lock_guard lock(mutex_);
      gone_ = true;
      tasks_.clear();
    }
    const http::ChannelEvents last = std::exchange(events, {});
    if (last.on_closed) last.on_closed();
  }
  [[nodiscard]] std::size_t posted() {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
  }
  /// All frames since the last call, joined.
  [[nodiscard]] std::vector<std::string> taken() {
    std::vector<std::string> all;
    for (const auto& frame : std::exchange(frames, {})) all.push_back(*frame);
    return all;
  }

  http::ChannelEvents events;
  std::vector<std::shared_ptr<const std::string>> frames;
  std::optional<int> close_code;
  std::string close_reason;

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  bool gone_ = false;
  bool in_flight_ = false;
};

/// Read tables in memory that answer at once, unless told to hold answers back.
class FakeSource final : public LiveSource {
 public:
  void read(std::vector<events::PollId> polls,
            std::function<void(std::optional<Found>)> done) override {
    ++reads;
    if (fails) return done(std::nullopt);
    Found found;
    {
      const std::lock_guard lock(mutex);
      for (const events::PollId poll : polls) {
        if (rows.contains(poll)) found.rows.push_back(rows.at(poll));
        if (parked.contains(poll)) found.parked.push_back(poll);
      }
    }
    done(std::move(found));
  }
  void look_up(std::vector<Ballot> asked,
               std::function<void(std::optional<std::vector<bool>>)> done) override {
    look_ups += asked.size();
    if (fails) return done(std::nullopt);
    std::vector<bool> stands;
    for (const Ballot& ballot : asked)
      stands.push_back(ballots.contains({ballot.poll, ballot.voter}));
    done(std::move(stands));
  }

  std::mutex mutex;  ///< for tests whose hub has a thread
  std::map<events::PollId, PollRow> rows;
  std::set<events::PollId> parked;
  std::set<std::pair<events::PollId, events::VoterTag>> ballots;
  bool fails = false;
  std::size_t reads = 0;
  std::size_t look_ups = 0;
};

inline constexpr std::string_view kSecret = "a secret that only these tests have, 32 bytes";
inline constexpr events::TimeMs kNoon = 1'800'000'000'000;
inline const events::PollId kLunch{0x123456789abcdef};
inline const events::PollId kDinner{0x5a5a5a5a5a5a5a};

/// A hub that is turned by hand, on a clock that stands.
struct HubBench {
  explicit HubBench(HubSettings settings = {}) : hub(source, identity, clock, metrics, settings) {
    clock.advance(1'000);
  }
  ~HubBench() {
    for (const auto& channel : channels) channel->go();
  }
  HubBench(const HubBench&) = delete;
  HubBench& operator=(const HubBench&) = delete;

  /// A channel that goes with the bench at the latest.
  std::shared_ptr<FakeChannel> channel() {
    return channels.emplace_back(std::make_shared<FakeChannel>());
  }

  PollRow& open(events::PollId poll, std::uint64_t seq = 0) {
    PollRow row;
    row.settings.poll = poll;
    row.settings.closes_at = kNoon + 3'600'000;
    row.settings.key = events::key_fingerprint(mac);
    row.latest.seq = events::Seq{seq};
    row.latest.at = kNoon;
    row.latest.votes = {seq, 0};
    row.latest.voters = seq;
    return source.rows[poll] = row;
  }
  /// A ballot comes in and is notified.
  void vote(events::PollId poll) {
    Counts& latest = source.rows[poll].latest;
    ++latest.seq.value;
    ++latest.votes[0];
    ++latest.voters;
    hub.notified({{poll, latest.seq}});
  }
  void close(events::PollId poll) {
    PollRow& row = source.rows[poll];
    ++row.latest.seq.value;
    row.closed = row.latest.seq;
    hub.notified({{poll, row.latest.seq}});
  }
  void hide(events::PollId poll) {
    PollRow& row = source.rows[poll];
    ++row.latest.seq.value;
    row.hidden = row.latest.seq;
    if (!row.closed) row.closed = row.hidden;
    hub.notified({{poll, row.latest.seq}});
  }
  /// Until nothing is left to do at this moment.
  void settle() {
    for (int i = 0; i < 6; ++i) hub.turn();
  }
  void advance(std::int64_t ms) {
    for (std::int64_t end = clock.monotonic_ms() + ms; clock.monotonic_ms() < end;) {
      settle();
      const std::int64_t next = std::clamp(hub.turn(), clock.monotonic_ms() + 1, end);
      clock.advance(next - clock.monotonic_ms());
    }
    settle();
  }

  runtime::ManualClock clock{kNoon - 1'000};
  runtime::Metrics metrics;
  events::testing::Hmac mac{kSecret};
  Identity identity{mac, {}};
  FakeSource source;
  Hub hub;
  std::vector<std::shared_ptr<FakeChannel>> channels;
};

/// `"seq":` of a frame.
inline std::uint64_t seq_of(const std::string& frame) {
  const std::size_t at = frame.find("\"seq\":");
  REQUIRE(at != std::string::npos);
  return std::stoull(frame.substr(at + 6));
}

}  // namespace flashpoll::query::test
