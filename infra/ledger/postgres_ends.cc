#include "infra/ledger/postgres_ends.h"

#include <algorithm>

#include "infra/runtime/fault.h"

namespace flashpoll::ledger {
namespace {

using std::chrono::milliseconds;

milliseconds left_until(std::chrono::steady_clock::time_point until) {
  const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
  return std::max(left, milliseconds(1));
}

}  // namespace

std::vector<Offset> PostgresEnds::read(milliseconds wait) {
  const Time until = std::chrono::steady_clock::now() + wait;
  acquire(until);
  try {
    auto ends = look(until);
    release();
    return ends;
  } catch (...) {
    release();
    throw;
  }
}

void PostgresEnds::acquire(Time until) {
  const runtime::MutexLock lock(mutex_);
  while (busy_) {
    if (!released_.wait_until(mutex_, until) && busy_) {
      throw Unavailable("ledger: the end was not told in time");
    }
  }
  busy_ = true;
}

void PostgresEnds::release() {
  {
    const runtime::MutexLock lock(mutex_);
    busy_ = false;
  }
  released_.notify_one();
}

std::vector<Offset> PostgresEnds::look(Time until) {
  // Connections die unnoticed while nobody looks; a read may be repeated.
  for (bool fresh = false;; fresh = true) {
    if (!connection_ || !connection_->usable()) {
      connection_.reset();
      connection_.emplace(target_, left_until(until));
      fresh = true;
    }
    try {
      connection_->set_limit(left_until(until));
      const pg::Result heads =
          connection_->exec("SELECT partition, next_offset FROM ledger.heads ORDER BY partition");
      if (heads.rows() != static_cast<int>(partitions_)) {
        throw Corrupt("ledger: a row of ledger.heads is missing");
      }
      std::vector<Offset> ends;
      for (int row = 0; row < heads.rows(); ++row) ends.push_back(heads.integer(row, 1));
      return ends;
    } catch (const Unavailable&) {
      if (fresh || std::chrono::steady_clock::now() >= until) throw;
    }
  }
}

}  // namespace flashpoll::ledger
