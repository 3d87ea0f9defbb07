#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "infra/ledger/ledger.h"
#include "infra/pg/connection.h"

namespace flashpoll::projector {

using Partitions = std::set<ledger::Partition>;

/// The rows of checkpoints.projector_leases as one projector sees them. It only spares double work:
/// a projector that still writes without its lease is stopped by the guard of ReadModel::write. All
/// times are the database's. One thread.
class LeaseTable {
 public:
  /// `name`: random, of the process. `ttl_ms`: how long a lease lives without `tick`.
  LeaseTable(pg::Connection& connection, std::string name, std::int64_t ttl_ms = 5000)
      : connection_(connection), name_(std::move(name)), ttl_ms_(ttl_ms) {}

  /// What the caller does meanwhile.
  struct Wish {
    bool able = true;   ///< false: stands by, wants no partition
    Partitions in_use;  ///< still being written: not given away yet
  };

  /// Renews what is held; gives away what is above a fair share of ceil(partitions / projectors
  /// alive), unless it is in use; takes what is free or expired up to that share. Before a
  /// partition is taken the former holder's backend is ended, so that its locks are gone: a process
  /// frozen inside COPY would keep them. Gives the partitions to be projected from now on, without
  /// those that are to be given away.
  [[nodiscard]] Partitions tick(const Wish& wish);

  /// Gives everything away, at an orderly stop.
  void release_all();

 private:
  void announce(bool able);
  [[nodiscard]] std::size_t fair_share();
  [[nodiscard]] Partitions renew();
  void release(ledger::Partition partition);
  void take(std::size_t count, Partitions& held);
  [[nodiscard]] bool end_backend(const pg::Result& leases, int row);

  pg::Connection& connection_;
  const std::string name_;
  const std::int64_t ttl_ms_;
};

/// The partitions that one of a projector's connections writes: p % every == nth.
struct Stride {
  std::size_t every = 1;
  std::size_t nth = 0;
};

/// Writes the backend of `writer` into those leases that `name` holds on the partitions that it
/// writes: whoever takes over ends it. Call it on a new connection, and after partitions were
/// taken, before rows are written.
void stamp_backend(pg::Connection& writer, const std::string& name, Stride stride = {});

}  // namespace flashpoll::projector
