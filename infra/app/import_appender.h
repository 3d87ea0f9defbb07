#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "infra/ledger/ledger.h"

namespace flashpoll::app {

/// Appends entries in their order, a few batches under way at a time. Everything throws Unavailable
/// when an entry was not certainly appended: it may lack, or come twice or late, so what the ledger
/// holds from then on is not what was handed in. One thread.
class ImportAppender {
 public:
  explicit ImportAppender(ledger::Ledger& ledger);

  void add(ledger::Entry entry);
  /// Returns when all is appended.
  void finish();

 private:
  struct State;

  void send();
  void wait_until_under_way(std::size_t batches);
  [[noreturn]] void fail(const char* what) const;

  ledger::Ledger& ledger_;
  const std::shared_ptr<State> state_;  ///< also of reports that come when this object is gone
  std::vector<ledger::Entry> batch_;
  std::size_t bytes_ = 0;
  std::uint64_t handed_in_ = 0;
};

}  // namespace flashpoll::app
