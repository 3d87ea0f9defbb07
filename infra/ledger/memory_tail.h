#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "infra/ledger/ledger.h"
#include "infra/ledger/memory_log.h"

namespace flashpoll::ledger {

/// Reads a MemoryLog.
class MemoryTail final : public Tail {
 public:
  /// Unless `waits`, `read` returns at once with what there is.
  MemoryTail(std::shared_ptr<MemoryLog> log, std::vector<Start> starts, bool waits);

  std::span<const Record> read(std::size_t max_records, std::chrono::milliseconds wait) override;
  void wake() override;

 private:
  void take(std::size_t max_records);

  const std::shared_ptr<MemoryLog> log_;
  std::vector<Start> next_;
  const bool waits_;
  std::size_t turn_ = 0;  ///< the partition that is read first, so that none starves
  std::vector<Record> records_;
  std::atomic<bool> woken_ = false;
};

}  // namespace flashpoll::ledger
