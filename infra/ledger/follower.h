#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "infra/ledger/ledger.h"
#include "infra/runtime/log.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::ledger {

/// Records that own their bytes; several readers share one batch.
class RecordBatch;

struct FollowerLimits {
  std::size_t batch_records = 5'000;  ///< read at once, about
  std::size_t queued_batches = 8;     ///< per reader; a full one holds the follower back
};

/// Reads a ledger once for several readers in this process, on a thread of its own. Memory is
/// bounded: when a reader's queue is full the follower waits for it, and the others read on until
/// theirs are empty. The ledger must outlive the follower, and the follower its readers.
class Follower {
 public:
  /// Begins at `starts`, which name all partitions that readers may ask for.
  Follower(Ledger& ledger, std::vector<Start> starts, runtime::Log& log,
           FollowerLimits limits = {});
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  /// A reader from `starts` on, wherever the follower is: at first it reads through a tail of its
  /// own, and joins when it is near, without gap or repetition. Its `read` throws what the
  /// follower's tail threw. Any thread.
  [[nodiscard]] std::unique_ptr<Tail> reader(std::vector<Start> starts);

 private:
  class Hub;
  class Reader;

  void run(std::stop_token stop);

  Ledger& ledger_;
  runtime::Log& log_;
  const FollowerLimits limits_;
  const std::unique_ptr<Hub> hub_;
  const std::unique_ptr<Tail> tail_;
  std::jthread thread_;
};

}  // namespace flashpoll::ledger
