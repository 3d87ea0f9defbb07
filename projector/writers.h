#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "projector/lease.h"
#include "projector/metrics.h"
#include "projector/read_model.h"

namespace flashpoll::projector {

/// Steps that are to be written, and the connections that write them at once: of n connections each
/// has every nth partition, in transactions of its own. A COPY keeps one core of the server busy.
///
/// One thread calls; what `begin` begins has others for itself, and until it has ended `add` alone
/// may be called. All members throw Unavailable, and so does the future; steps that are not known
/// to be written stay.
class Writers {
 public:
  /// `name`: of the process, in its leases. `reader`: see ReadModel. `metrics` outlives this.
  Writers(pg::Target database, std::string name, int reader, ledger::Partition partitions,
          const ProjectorMetrics& metrics);

  /// Makes the connections that are missing, for the read tables that are in force now.
  void connect();
  void disconnect();
  /// A rebuild may have put other tables in force.
  void follow_pointer();
  /// Names the backends in the leases. After partitions were taken, before rows are written.
  void stamp();

  [[nodiscard]] ReadModel& of(ledger::Partition partition);
  /// For reading what concerns all partitions.
  [[nodiscard]] ReadModel& any() { return *lanes_.front().model; }

  void add(Step step);
  void drop(const Partitions& partitions);
  /// Whether all that was added is written.
  [[nodiscard]] bool clean() const;
  /// Null when there is none of this partition.
  [[nodiscard]] const Step* first_of(ledger::Partition partition) const;

  /// Begins to write what was added, or first what an earlier one has left. False when the guard
  /// refused a connection's steps; they stay.
  [[nodiscard]] std::future<bool> begin();

 private:
  struct Lane {
    std::unique_ptr<ReadModel> model;
    std::vector<Step> writing;
    std::vector<Step> pending;  ///< comes next
  };
  [[nodiscard]] bool write();
  [[nodiscard]] bool write(Lane& lane) const;
  void stamp(std::size_t lane);

  const pg::Target database_;
  const std::string name_;
  const int reader_;
  const ProjectorMetrics& metrics_;
  std::vector<Lane> lanes_;
};

}  // namespace flashpoll::projector
