#include "projector/catch_up.h"

#include <vector>

namespace flashpoll::projector {

void CatchUp::begin(ledger::Ledger& ledger, const Folds& folds, const Partitions& partitions) {
  std::vector<ledger::Start> starts;
  for (const ledger::Partition partition : partitions) {
    starts.push_back({partition, folds.at(partition).next()});
  }
  tail_ = ledger.tail(std::move(starts));
  partitions_ = partitions;
}

void CatchUp::step(Folds& folds, std::size_t max_records, std::chrono::milliseconds wait) {
  for (const ledger::Record& record : tail_->read(max_records, wait)) {
    const auto behind = partitions_.find(record.partition);
    if (behind == partitions_.end()) continue;
    PartitionFold& fold = folds.at(record.partition);
    fold.take(record);
    if (!fold.behind()) partitions_.erase(behind);
  }
  if (partitions_.empty()) tail_.reset();
}

void CatchUp::stop() {
  tail_.reset();
  partitions_.clear();
}

}  // namespace flashpoll::projector
