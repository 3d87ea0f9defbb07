#include "query/hub.h"

#include <algorithm>
#include <chrono>

#include "infra/runtime/mutex.h"
#include "infra/runtime/thread.h"

namespace flashpoll::query {

using runtime::MutexLock;

namespace {

/// One statement's worth of polls.
constexpr std::size_t kReadTogether = 1'000;
/// Ballots looked up in one job of the pool.
constexpr std::size_t kLookUpTogether = 100;

template <typename T>
std::vector<std::vector<T>> in_pieces(const std::vector<T>& all, std::size_t size) {
  std::vector<std::vector<T>> pieces;
  for (std::size_t from = 0; from < all.size(); from += size) {
    const std::size_t to = std::min(all.size(), from + size);
    pieces.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(from),
                        all.begin() + static_cast<std::ptrdiff_t>(to));
  }
  return pieces;
}

}  // namespace

/// What came in since the last turn. Everything in it is bounded: askings by the limit of
/// subscriptions, seqs by the polls watched, answers by the questions under way.
struct Hub::Arrived {
  struct Rows {
    std::vector<events::PollId> asked;
    std::optional<LiveSource::Found> found;
  };
  struct Ballots {
    std::vector<Admissions::LookUp> asked;
    std::optional<std::vector<bool>> found;
  };
  std::vector<Asking> askings;
  std::unordered_map<events::PollId, events::Seq> seqs;
  bool everything = false;
  std::vector<Rows> rows;
  std::vector<Ballots> ballots;
};

/// Outlives the hub where an answer of the source is still under way.
struct Hub::Inbox {
  runtime::Mutex mutex;
  runtime::Condition not_empty;
  Arrived arrived FP_GUARDED_BY(mutex);
  bool woken FP_GUARDED_BY(mutex) = false;
  bool stopping FP_GUARDED_BY(mutex) = false;

  template <typename Change>
  void put(Change change) FP_EXCLUDES(mutex) {
    {
      const MutexLock lock(mutex);
      change(arrived);
      woken = true;
    }
    not_empty.notify_one();
  }

  Arrived take() FP_EXCLUDES(mutex) {
    const MutexLock lock(mutex);
    woken = false;
    return std::exchange(arrived, {});
  }

  /// False: stop.
  bool wait(std::int64_t at_most_ms) FP_EXCLUDES(mutex) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(at_most_ms);
    const MutexLock lock(mutex);
    while (!woken && !stopping && not_empty.wait_until(mutex, until)) {
    }
    return !stopping;
  }

  bool stop() FP_EXCLUDES(mutex) {
    {
      const MutexLock lock(mutex);
      if (std::exchange(stopping, true)) return false;
    }
    not_empty.notify_one();
    return true;
  }
};

Hub::Hub(LiveSource& source, const Identity& identity, const runtime::Clock& clock,
         runtime::Metrics& metrics, HubSettings settings)
    : source_(source),
      clock_(clock),
      settings_(settings),
      announcements_(metrics.counter("flashpoll_live_announcements_total",
                                     "States of polls that subscribers were told")),
      inbox_(std::make_shared<Inbox>()),
      watchers_(std::make_shared<Watchers>(settings.limits,
                                           [inbox = inbox_] { inbox->put([](Arrived&) {}); })),
      conflation_(settings.conflation),
      admissions_(identity, settings.admission) {
  const auto subscriptions =
      metrics.gauge("flashpoll_live_subscriptions", "Polls watched, counted for each channel");
  const auto polls = metrics.gauge("flashpoll_live_polls", "Polls watched by anybody");
  metrics.before_expose([watchers = watchers_, subscriptions, polls] {
    subscriptions.set(static_cast<double>(watchers->subscriptions()));
    polls.set(static_cast<double>(watchers->polls()));
  });
}

Hub::~Hub() { stop(); }

void Hub::start() {
  thread_ = runtime::start_thread("live-hub", [this] { run(); });
}

void Hub::stop() {
  if (!inbox_->stop()) return;
  if (thread_.joinable()) thread_.join();
  Arrived left = inbox_->take();
  const Now then = now();
  for (Asking& asking : left.askings) admissions_.ask(std::move(asking), then);
  admissions_.refuse_all(events::Refusal::not_ready);
}

void Hub::subscribe(events::PollId poll, std::optional<events::Seq> after, Caller caller,
                    std::function<void(Admission)> answer) {
  auto hold = watchers_->hold(poll);
  if (!hold) return answer(Refused{events::Refusal::overloaded});
  Asking asking{std::move(*hold), after, std::move(caller), std::move(answer)};
  bool stopped = false;
  {
    const MutexLock lock(inbox_->mutex);
    stopped = inbox_->stopping;
    if (!stopped) inbox_->arrived.askings.push_back(std::move(asking));
    inbox_->woken = true;
  }
  if (stopped) return asking.answer(Refused{events::Refusal::not_ready});
  inbox_->not_empty.notify_one();
}

void Hub::notified(const std::vector<Reached>& polls) {
  std::vector<Reached> watched;
  for (const Reached& reached : polls)
    if (watchers_->is_watched(reached.first)) watched.push_back(reached);
  if (watched.empty()) return;
  inbox_->put([&](Arrived& arrived) {
    for (const auto& [poll, seq] : watched) {
      events::Seq& newest = arrived.seqs[poll];
      newest = std::max(newest, seq);
    }
  });
}

void Hub::notified_all() {
  inbox_->put([](Arrived& arrived) { arrived.everything = true; });
}

void Hub::run() {
  while (true) {
    const std::int64_t next = turn();
    const std::int64_t wait = std::clamp<std::int64_t>(next - clock_.monotonic_ms(), 0, 1'000);
    if (!inbox_->wait(wait)) return;
  }
}

std::int64_t Hub::turn() {
  const Now now = this->now();
  take(inbox_->take(), now);
  Conflation::Step step = conflation_.tick(now);
  tell(step.frames);
  read(std::move(step.reads));
  settle(now);
  return std::min(conflation_.next_ms(), admissions_.next_ms());
}

void Hub::take(Arrived arrived, Now now) {
  // After the askings, as each of them began to watch before it came in.
  apply_changes(now);
  if (arrived.everything) conflation_.notified_all(now);
  for (const auto& [poll, seq] : arrived.seqs) conflation_.notified(poll, seq, now);
  for (auto& rows : arrived.rows) rows_arrived(std::move(rows.asked), std::move(rows.found), now);
  for (Asking& asking : arrived.askings) {
    const events::PollId poll = asking.hold.poll();
    const std::int64_t patience =
        asking.after ? settings_.admission.behind_ms : settings_.admission.unknown_ms;
    conflation_.expect(poll, asking.after.value_or(events::Seq{}), now.monotonic_ms + patience,
                       now);
    to_settle_.insert(poll);
    admissions_.ask(std::move(asking), now);
  }
  for (const auto& ballots : arrived.ballots) {
    for (std::size_t i = 0; i < ballots.asked.size(); ++i) {
      const auto found = ballots.found ? std::optional<bool>((*ballots.found)[i]) : std::nullopt;
      if (const auto poll = admissions_.looked_up(ballots.asked[i].id, found))
        to_settle_.insert(*poll);
    }
  }
}

void Hub::apply_changes(Now now) {
  const Watchers::Changes changes = watchers_->take_changes();
  for (const events::PollId poll : changes.unwatch) {
    conflation_.unwatch(poll);
    missing_.erase(poll);
  }
  for (const events::PollId poll : changes.watch) conflation_.watch(poll, now);
}

void Hub::rows_arrived(std::vector<events::PollId> asked, std::optional<LiveSource::Found> found,
                       Now now) {
  if (!found) return conflation_.read_failed(asked, now);
  std::unordered_map<events::PollId, std::shared_ptr<const PollRow>> rows;
  for (PollRow& row : found->rows) {
    const events::PollId poll = row.settings.poll;
    rows.emplace(poll, std::make_shared<const PollRow>(std::move(row)));
  }
  std::vector<ReadPoll> read;
  for (const events::PollId poll : asked) {
    const auto row = rows.find(poll);
    if (row != rows.end()) {
      missing_.erase(poll);
      read.push_back({poll, row->second});
      continue;
    }
    missing_[poll] =
        std::find(found->parked.begin(), found->parked.end(), poll) != found->parked.end();
    to_settle_.insert(poll);
    read.push_back({poll, nullptr});
  }
  conflation_.rows_read(read, now);
}

void Hub::tell(const std::vector<Conflation::Frame>& frames) {
  for (const Conflation::Frame& frame : frames) {
    watchers_->publish(announce(*frame.row, frame.status, ++version_));
    to_settle_.insert(frame.poll);
  }
  if (!frames.empty()) announcements_.add(static_cast<double>(frames.size()));
}

void Hub::read(std::vector<events::PollId> polls) {
  for (auto& piece : in_pieces(polls, kReadTogether)) {
    source_.read(piece, [inbox = inbox_, piece](std::optional<LiveSource::Found> found) {
      inbox->put([&](Arrived& arrived) { arrived.rows.push_back({piece, std::move(found)}); });
    });
  }
}

void Hub::look_up(std::vector<Admissions::LookUp> look_ups) {
  for (auto& piece : in_pieces(look_ups, kLookUpTogether)) {
    std::vector<LiveSource::Ballot> ballots;
    for (const auto& asked : piece) ballots.push_back({asked.poll, asked.voter});
    source_.look_up(std::move(ballots), [inbox = inbox_,
                                         piece](std::optional<std::vector<bool>> found) {
      inbox->put([&](Arrived& arrived) { arrived.ballots.push_back({piece, std::move(found)}); });
    });
  }
}

void Hub::settle(Now now) {
  for (const events::PollId poll : admissions_.due(now)) to_settle_.insert(poll);
  for (const events::PollId poll : std::exchange(to_settle_, {})) {
    const auto missing = missing_.find(poll);
    const bool is_missing = missing != missing_.end();
    admissions_.settle(
        poll,
        {watchers_->newest(poll), conflation_.row(poll), is_missing, is_missing && missing->second},
        now);
  }
  look_up(admissions_.take_look_ups());
}

}  // namespace flashpoll::query
