#include "projector/worker.h"

#include <algorithm>
#include <utility>

#include "infra/ledger/digest.h"
#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"
#include "projector/restore.h"
#include "projector/unpark.h"

namespace flashpoll::projector {

namespace {

constexpr std::chrono::milliseconds kDigestWait{5000};
/// A standby's folds are as much behind, and whoever takes over reads no more than that.
constexpr std::int64_t kFollowEveryMs = 2'000;
/// How long a read for the others may hold up the owned partitions.
constexpr std::chrono::milliseconds kGlance{5};
/// From one transaction's begin to the next. Under load more records share what a transaction
/// costs. Subscribers get ten frames a second at most: with four transactions to a frame, each
/// holds one that was committed a moment before.
constexpr std::int64_t kPaceMs = 25;
/// So many hide what their transaction costs, and more are likely to wait behind them.
constexpr std::size_t kUnpacedRecords = 4'000;
/// So long grants, parked polls and snapshots may wait while there is much to read.
constexpr std::int64_t kRoundMs = 500;
/// Voters of polls that were closed an hour ago are of no use to anybody (design: the fold).
constexpr std::int64_t kForgetEveryMs = 300'000;
constexpr events::TimeMs kForgetAfterMs = 3'600'000;

}  // namespace

Worker::Worker(const ProjectorPorts& ports, ProjectorSettings settings)
    : ports_(ports),
      settings_(std::move(settings)),
      owner_{ports.ledger.partitions(), settings_.key, settings_.reader},
      metrics_(ports.metrics),
      writers_(settings_.database, settings_.name, settings_.reader, ports.ledger.partitions(),
               metrics_),
      snapshots_({ports.checkpoints, ports.clock, ports.log}, owner_, settings_.name,
                 settings_.snapshot_after) {
  const std::uint32_t count = ports_.ledger.partitions();
  for (ledger::Partition p = 0; p < count; ++p) {
    folds_.emplace(p, PartitionFold(p, count, settings_.decoder));
  }
}

void Worker::start() {
  writers_.connect();
  const auto positions = writers_.any().positions();
  auto stops = writers_.any().stops();
  std::vector<PartitionFold*> all;
  for (auto& [partition, fold] : folds_) {
    const PartitionMark& mark = positions.at(partition).mark;
    if (mark.last) {
      ledger::check_holds(ports_.ledger, partition, mark.last->offset, mark.last->digest,
                          kDigestWait);
    }
    fold.set_committed(mark, std::move(stops[partition]));
    all.push_back(&fold);
  }
  restore(all, ports_.checkpoints, owner_, ports_.log);
}

bool Worker::round(const Partitions& granted, std::chrono::milliseconds wait) {
  writers_.connect();
  write();
  if (!clean()) return true;
  adopt(granted);
  project(wait);
  follow(owned_.empty() ? wait : kGlance);
  forget_voters();
  if (clean() && snapshots_.step(folds_)) metrics_.snapshots.add();
  return !owned_.empty() || catch_up_.active();
}

void Worker::finish(std::chrono::milliseconds limit) {
  if (clean() && snapshots_.finish(folds_, limit)) metrics_.snapshots.add();
}

Partitions Worker::owned() const { return owned_; }

// Taking partitions over, and leaving them.

void Worker::adopt(const Partitions& granted) {
  Partitions lost;
  std::ranges::set_difference(owned_, granted, std::inserter(lost, lost.end()));
  leave(lost);
  std::erase_if(candidates_, [&](ledger::Partition p) { return !granted.contains(p); });
  Partitions fresh;
  for (const ledger::Partition partition : granted) {
    if (!owned_.contains(partition) && !candidates_.contains(partition)) fresh.insert(partition);
  }
  if (!fresh.empty()) prepare(fresh);
  const Partitions candidates = candidates_;
  for (const ledger::Partition partition : candidates) {
    PartitionFold& fold = folds_.at(partition);
    if (fold.behind() || !settle(fold)) continue;
    candidates_.erase(partition);
    owned_.insert(partition);
    tail_.reset();
  }
  metrics_.owned.set(static_cast<double>(owned_.size()));
}

void Worker::leave(const Partitions& partitions) {
  if (partitions.empty()) return;
  for (const ledger::Partition partition : partitions) owned_.erase(partition);
  writers_.drop(partitions);
  tail_.reset();
  follow_again_ms_ = 0;
}

/// The lease is ours and the former holder's backend gone: only now is the position final.
void Worker::prepare(const Partitions& fresh) {
  writers_.follow_pointer();
  writers_.stamp();
  const auto positions = writers_.any().positions();
  auto stops = writers_.any().stops();
  stands_by_.clear();
  for (const ledger::Partition partition : fresh) {
    const StoredPosition& stored = positions.at(partition);
    if (stored.reader > settings_.reader) {
      stands_by_ = "the read tables were written by a newer build (vocabulary " +
                   std::to_string(stored.reader) + ", this one knows " +
                   std::to_string(settings_.reader) + "): install it here too";
      return;
    }
    synchronise(folds_.at(partition), stored, std::move(stops[partition]));
    candidates_.insert(partition);
  }
}

/// False when the fold has to begin anew.
bool Worker::settle(PartitionFold& fold) {
  if (!fold.agrees_on_stops()) {
    ports_.log.info("projector", "parked polls changed, the partition is folded anew",
                    {{"partition", fold.partition()}});
    metrics_.reloads.add();
    catch_up_.stop();
    fold.restart(0);
    return false;
  }
  resume_polls(fold);
  return !fold.behind() && candidates_.contains(fold.partition());
}

void Worker::resume_polls(PartitionFold& fold) {
  for (const events::PollId poll : readable_stops(fold, ports_.ledger, settings_.decoder)) {
    PollResumption resumption(fold, poll, ports_.ledger, settings_.decoder);
    ReadModel& model = writers_.of(fold.partition());
    if (!model.write(resumption.step(), [&] { return resumption.next(); }).empty()) {
      candidates_.erase(fold.partition());  // moved under us: begins again with the position
      return;
    }
    metrics_.resumed.add();
    metrics_.entries.add(static_cast<double>(resumption.entries()));
    ports_.log.info("projector", "a parked poll goes on", {{"poll", poll.text()}});
    if (!fold.resume(poll, resumption.slot())) {
      catch_up_.stop();
      fold.restart(0);
      return;
    }
  }
}

void Worker::synchronise(PartitionFold& fold, const StoredPosition& stored, Stops stops) {
  fold.set_committed(stored.mark, std::move(stops));
  if (!fold.beyond()) return;
  metrics_.reloads.add();
  catch_up_.stop();
  PartitionFold* const one[] = {&fold};
  restore(one, ports_.checkpoints, owner_, ports_.log);
}

void Worker::forget_voters() {
  const std::int64_t now = ports_.clock.monotonic_ms();
  if (now < forget_again_ms_) return;
  forget_again_ms_ = now + kForgetEveryMs;
  for (auto& [partition, fold] : folds_) {
    fold.drop_voters(ports_.clock.wall_ms() - kForgetAfterMs);
  }
}

// Writing what is owned.

/// While much lies ready, it is read and folded as the batch before it is written. With folds that
/// are brought up it takes turns, a batch each, and waits for nothing.
void Worker::project(std::chrono::milliseconds wait) {
  const bool shares = catch_up_.active();
  const std::int64_t until = ports_.clock.monotonic_ms() + (shares ? 0 : kRoundMs);
  std::size_t read = read_owned(shares ? std::chrono::milliseconds(0) : wait);
  while (is_much(read) && ports_.clock.monotonic_ms() < until) {
    std::future<bool> written = writers_.begin();  // waits for it, however this ends
    read = read_owned(std::chrono::milliseconds(0));
    if (!written.get()) return resynchronise();
  }
  write();
}

bool Worker::is_much(std::size_t records) const {
  return records >= std::min(kUnpacedRecords, settings_.batch_records);
}

std::size_t Worker::read_owned(std::chrono::milliseconds wait) {
  if (owned_.empty()) return 0;
  if (!tail_) {
    std::vector<ledger::Start> starts;
    for (const ledger::Partition p : owned_) starts.push_back({p, folds_.at(p).next()});
    tail_ = ports_.ledger.tail(std::move(starts), ledger::Delivery::following);
  }
  const std::int64_t rest = write_again_ms_ - ports_.clock.monotonic_ms();
  if (rest > 0) (void)runtime::pause({}, std::chrono::milliseconds(std::min(rest, kPaceMs)));
  const auto records = tail_->read(settings_.batch_records, wait);
  if (!records.empty()) {
    write_again_ms_ = is_much(records.size()) ? 0 : ports_.clock.monotonic_ms() + kPaceMs;
  }
  std::map<ledger::Partition, const ledger::Record*> last;
  for (const ledger::Record& record : records) {
    folds_.at(record.partition).take(record);
    last[record.partition] = &record;
  }
  for (const auto& [partition, record] : last) {
    writers_.add(folds_.at(partition).cut(*record));
  }
  return records.size();
}

void Worker::write() {
  while (!clean()) {
    if (!writers_.begin().get()) return resynchronise();
  }
}

/// The guard found another position, another reader, or other tables in force. What fits what is
/// stored now is written in the next round; the rest begins again as if just granted.
void Worker::resynchronise() {
  writers_.follow_pointer();
  const auto positions = writers_.any().positions();
  Partitions moved;
  for (const ledger::Partition partition : owned_) {
    const Step* const step = writers_.first_of(partition);
    const PartitionMark& expected = step == nullptr ? folds_.at(partition).committed() : step->from;
    const StoredPosition& stored = positions.at(partition);
    if (stored.mark != expected || stored.reader > settings_.reader) moved.insert(partition);
  }
  ports_.log.warning("projector", "positions were moved by another projector",
                     {{"partitions", moved.size()}, {"schema", writers_.any().schema()}});
  leave(moved);
}

// Following the others.

void Worker::follow(std::chrono::milliseconds wait) {
  if (!catch_up_.active()) {
    const std::int64_t now = ports_.clock.monotonic_ms();
    if (now >= follow_again_ms_ && owned_.size() + candidates_.size() < folds_.size()) {
      follow_again_ms_ = now + kFollowEveryMs;
      writers_.follow_pointer();
      const auto positions = writers_.any().positions();
      auto stops = writers_.any().stops();
      for (auto& [partition, fold] : folds_) {
        if (owned_.contains(partition) || candidates_.contains(partition)) continue;
        synchronise(fold, positions.at(partition), std::move(stops[partition]));
      }
    }
    const Partitions late = behind();
    if (late.empty()) return;
    catch_up_.begin(ports_.ledger, folds_, late);
  }
  catch_up_.step(folds_, settings_.batch_records, wait);
}

Partitions Worker::behind() const {
  Partitions late;
  for (const auto& [partition, fold] : folds_) {
    if (!owned_.contains(partition) && fold.behind()) late.insert(partition);
  }
  return late;
}

}  // namespace flashpoll::projector
