#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "infra/runtime/clock.h"
#include "infra/runtime/metrics.h"
#include "query/admissions.h"
#include "query/conflation.h"
#include "query/notified.h"
#include "query/watchers.h"

namespace flashpoll::query {

/// Where the hub reads. Any thread calls; nothing blocks; each `done` is called once, by any
/// thread, perhaps before the call returns. Empty: it could not be read.
class LiveSource {
 public:
  virtual ~LiveSource() = default;

  struct Found {
    std::vector<PollRow> rows;           ///< those that are known, in no particular order
    std::vector<events::PollId> parked;  ///< parked ids that no poll was opened under
  };
  virtual void read(std::vector<events::PollId> polls,
                    std::function<void(std::optional<Found>)> done) = 0;

  struct Ballot {
    events::PollId poll;
    events::VoterTag voter;
  };
  /// Whether a ballot stands, in the order asked.
  virtual void look_up(std::vector<Ballot> ballots,
                       std::function<void(std::optional<std::vector<bool>>)> done) = 0;
};

struct HubSettings {
  WatchLimits limits;
  ConflationSettings conflation;
  AdmissionSettings admission;
};

/// Tells subscribers what changes: one thread that reads the polls that are watched, makes each
/// frame once, and hands it to the fan-outs of the I/O threads.
class Hub : public Notified {
 public:
  /// The references must outlive it.
  Hub(LiveSource& source, const Identity& identity, const runtime::Clock& clock,
      runtime::Metrics& metrics, HubSettings settings = {});
  /// Stops.
  ~Hub() override;
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  void start();
  /// Who still asks is refused with `not_ready`. Idempotent.
  void stop();

  // --- Any thread.

  /// Asks for a subscription. `answer` is called once, on the hub's thread, within about 2 s; at
  /// once, by the caller, when the hub is full or stopped.
  void subscribe(events::PollId poll, std::optional<events::Seq> after, Caller caller,
                 std::function<void(Admission)> answer);
  void notified(const std::vector<Reached>& polls) override;
  void notified_all() override;
  [[nodiscard]] Watchers& watchers() { return *watchers_; }

  // --- The hub's thread; or a test's, when it was not started.

  /// Does what is due. Returns the monotonic time of the next turn, unless something comes in.
  std::int64_t turn();

 private:
  struct Inbox;
  struct Arrived;

  void run();
  void take(Arrived arrived, Now now);
  void apply_changes(Now now);
  void rows_arrived(std::vector<events::PollId> asked, std::optional<LiveSource::Found> found,
                    Now now);
  void tell(const std::vector<Conflation::Frame>& frames);
  void read(std::vector<events::PollId> polls);
  void look_up(std::vector<Admissions::LookUp> look_ups);
  void settle(Now now);
  [[nodiscard]] Now now() const { return {clock_.monotonic_ms(), clock_.wall_ms()}; }

  LiveSource& source_;
  const runtime::Clock& clock_;
  const HubSettings settings_;
  const runtime::Counter announcements_;
  const std::shared_ptr<Inbox> inbox_;
  const std::shared_ptr<Watchers> watchers_;
  Conflation conflation_;
  Admissions admissions_;
  std::uint64_t version_ = 0;
  /// Watched polls that the last read did not find; true: parked.
  std::unordered_map<events::PollId, bool> missing_;
  std::unordered_set<events::PollId> to_settle_;
  std::jthread thread_;
};

}  // namespace flashpoll::query
