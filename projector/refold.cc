#include "projector/refold.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include "infra/ledger/digest.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::projector {

namespace {

constexpr std::size_t kBatchRecords = 40'000;
constexpr std::chrono::milliseconds kWait{10'000};
constexpr unsigned kMaxShares = 8;

}  // namespace

/// Some of the partitions. One thread at a time.
class Refold::Share {
 public:
  Share(const RefoldSource& source, const std::string& schema, Bulk bulk, std::string only_key)
      : source_(source),
        bulk_(bulk),
        only_key_(std::move(only_key)),
        model_(pg::Connection(source.database), schema, Tables::building, source.reader) {}

  void add(ledger::Partition p) {
    folds_.emplace(p, PartitionFold(p, source_.ledger.partitions(), source_.decoder));
  }
  /// Records from here to there.
  [[nodiscard]] std::uint64_t left(const Marks& marks) const;
  void up_to(const Marks& marks, const std::function<void(std::uint64_t)>& folded);
  [[nodiscard]] const SumsByPoll& sums() const { return sums_; }

 private:
  [[nodiscard]] std::vector<ledger::Start> starts(const Marks& marks) const;
  void write(const std::map<ledger::Partition, const ledger::Record*>& last);
  void take(const ledger::Record& record);

  const RefoldSource& source_;
  const Bulk bulk_;
  const std::string only_key_;
  ReadModel model_;
  SumsByPoll sums_;
  std::map<ledger::Partition, PartitionFold> folds_;
};

std::uint64_t Refold::Share::left(const Marks& marks) const {
  std::uint64_t left = 0;
  for (const auto& [partition, fold] : folds_) {
    const ledger::Offset end = std::max(fold.next(), marks.at(partition).next);
    left += static_cast<std::uint64_t>(end - fold.next());
  }
  return left;
}

std::vector<ledger::Start> Refold::Share::starts(const Marks& marks) const {
  std::vector<ledger::Start> starts;
  for (const auto& [partition, fold] : folds_) {
    const PartitionMark& mark = marks.at(partition);
    if (fold.next() >= mark.next) continue;
    ledger::check_holds(source_.ledger, partition, mark.last->offset, mark.last->digest, kWait);
    starts.push_back({partition, fold.next()});
  }
  return starts;
}

void Refold::Share::up_to(const Marks& marks, const std::function<void(std::uint64_t)>& folded) {
  const auto from = starts(marks);
  if (from.empty()) return;
  const auto tail = source_.ledger.tail(from);
  for (std::size_t left = from.size(); left > 0;) {
    const auto records = tail->read(kBatchRecords, kWait);
    if (records.empty()) throw Unavailable("the ledger does not give its records");
    std::map<ledger::Partition, const ledger::Record*> last;
    std::uint64_t taken = 0;
    for (const ledger::Record& record : records) {
      const ledger::Offset end = marks.at(record.partition).next;
      if (record.offset >= end) continue;
      take(record);
      ++taken;
      last[record.partition] = &record;
      if (record.offset + 1 == end) --left;
    }
    write(last);
    folded(taken);
  }
}

void Refold::Share::write(const std::map<ledger::Partition, const ledger::Record*>& last) {
  std::vector<Step> steps;
  for (const auto& [partition, record] : last) steps.push_back(folds_.at(partition).cut(*record));
  if (bulk_ != Bulk::left_out) add_rows(sums_, steps);
  if (bulk_ != Bulk::stored) {
    for (Step& step : steps) {
      step.rows.entries.clear();
      step.rows.history.clear();
    }
  }
  if (!steps.empty() && !model_.write(steps).empty()) {
    throw Unavailable("somebody else writes into " + model_.schema());
  }
}

void Refold::Share::take(const ledger::Record& record) {
  PartitionFold& fold = folds_.at(record.partition);
  if (!only_key_.empty() && record.key != only_key_) {
    fold.skip(record);
  } else {
    fold.take(record);
  }
}

Refold::Refold(const RefoldSource& source, const std::string& schema, Bulk bulk,
               std::optional<events::PollId> only)
    : source_(source) {
  const std::uint32_t count = source_.ledger.partitions();
  const std::string only_key = only ? only->text() : std::string();
  const std::size_t wanted = std::clamp(std::thread::hardware_concurrency(), 1U, kMaxShares);
  for (ledger::Partition p = 0, nth = 0; p < count; ++p) {
    if (only && p != events::partition_of(only_key, count)) continue;
    if (shares_.size() < wanted) {
      shares_.push_back(std::make_unique<Share>(source_, schema, bulk, only_key));
    }
    shares_[nth++ % wanted]->add(p);
  }
}

Refold::~Refold() = default;

void Refold::up_to(const Marks& marks) {
  {
    const runtime::MutexLock lock(mutex_);
    total_ = records_;
    for (const auto& share : shares_) total_ += share->left(marks);
  }
  std::atomic_flag failed;
  std::exception_ptr fault;  // the first one, of whoever set the flag
  const auto run = [&](Share& share) {
    try {
      share.up_to(marks, [&](std::uint64_t records) {
        folded(records);
        if (failed.test()) throw Unavailable("another share of the ledger could not be folded");
      });
    } catch (...) {
      if (!failed.test_and_set()) fault = std::current_exception();
    }
  };
  std::vector<std::jthread> running;
  for (const auto& share : shares_) {
    running.push_back(runtime::start_thread("refold", [&run, &one = *share] { run(one); }));
  }
  running.clear();
  if (fault) std::rethrow_exception(fault);
}

void Refold::folded(std::uint64_t records) {
  const runtime::MutexLock lock(mutex_);
  records_ += records;
  if (source_.progress) source_.progress(records_, total_);
}

SumsByPoll Refold::sums() const {
  SumsByPoll sums;
  for (const auto& share : shares_) add(sums, share->sums());
  return sums;
}

std::uint64_t Refold::records() const {
  const runtime::MutexLock lock(mutex_);
  return records_;
}

Refold::Marks marks_of(ReadModel& model) {
  Refold::Marks marks;
  for (const auto& [partition, stored] : model.positions()) marks[partition] = stored.mark;
  return marks;
}

}  // namespace flashpoll::projector
