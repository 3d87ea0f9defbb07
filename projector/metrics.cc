#include "projector/metrics.h"

namespace flashpoll::projector {

ProjectorMetrics::ProjectorMetrics(runtime::Metrics& metrics)
    : records(metrics.counter("flashpoll_projector_records_total", "Records projected")),
      entries(metrics.counter("flashpoll_projector_entries_total", "Entries written")),
      transactions(
          metrics.counter("flashpoll_projector_transactions_total", "Transactions committed")),
      stuck(metrics.counter("flashpoll_projector_stuck_total",
                            "Transactions refused because another projector was there before")),
      strays(metrics.counter("flashpoll_projector_strays_total", "Records without effect")),
      parked(metrics.counter("flashpoll_projector_parked_total",
                             "Polls parked at a record of an unknown type")),
      resumed(metrics.counter("flashpoll_projector_resumed_total", "Parked polls that went on")),
      reloads(metrics.counter("flashpoll_projector_reloads_total",
                              "Folds begun anew from a snapshot or from 0")),
      snapshots(metrics.counter("flashpoll_projector_snapshots_total", "Snapshots written")),
      owned(metrics.gauge("flashpoll_projector_partitions", "Partitions held by a lease")),
      write_seconds(metrics.histogram("flashpoll_projector_write_seconds",
                                      "Duration of a transaction that writes rows",
                                      runtime::Metrics::latency_bounds())) {}

void ProjectorMetrics::count(const Step& step) const {
  records.add(static_cast<double>(step.to.next - step.from.next));
  entries.add(static_cast<double>(step.rows.entries.size()));
  strays.add(static_cast<double>(step.rows.strays.size()));
  parked.add(static_cast<double>(step.rows.parked.size()));
}

}  // namespace flashpoll::projector
