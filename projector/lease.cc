#include "projector/lease.h"

#include <algorithm>

namespace flashpoll::projector {

namespace {

constexpr std::int32_t kEndBackendMs = 2000;
/// A projector that is frozen in here would keep its leases from being taken, however old they are.
constexpr std::chrono::milliseconds kMaxIdle{1000};

}  // namespace

Partitions LeaseTable::tick(const Wish& wish) {
  pg::Transaction transaction(connection_, kMaxIdle);
  announce(wish.able);
  Partitions held = renew();
  const std::size_t share = wish.able ? fair_share() : 0;
  Partitions kept;
  for (const ledger::Partition partition : held) {
    if (kept.size() < share) {
      kept.insert(partition);
    } else if (!wish.in_use.contains(partition)) {
      release(partition);
    }
  }
  if (held.size() < share) take(share - held.size(), kept);
  transaction.commit();
  return kept;
}

void LeaseTable::announce(bool able) {
  connection_.exec(
      "DELETE FROM checkpoints.projectors "
      "WHERE live_until < clock_timestamp() - interval '1 minute' OR (name = $1 AND NOT $2)",
      pg::Params().text(name_).boolean(able));
  if (!able) return;
  connection_.exec(
      "INSERT INTO checkpoints.projectors (name, live_until) "
      "VALUES ($1, clock_timestamp() + $2 * interval '1 ms') "
      "ON CONFLICT (name) DO UPDATE SET live_until = EXCLUDED.live_until",
      pg::Params().text(name_).bigint(ttl_ms_));
}

std::size_t LeaseTable::fair_share() {
  const pg::Result result = connection_.exec(
      "SELECT (SELECT count(*) FROM checkpoints.projector_leases), "
      "(SELECT count(*) FROM checkpoints.projectors WHERE live_until > clock_timestamp())");
  const auto partitions = static_cast<std::size_t>(result.integer(0, 0));
  const auto projectors = std::max<std::int64_t>(1, result.integer(0, 1));
  return (partitions + static_cast<std::size_t>(projectors) - 1) /
         static_cast<std::size_t>(projectors);
}

Partitions LeaseTable::renew() {
  const pg::Result result = connection_.exec(
      "UPDATE checkpoints.projector_leases "
      "SET live_until = clock_timestamp() + $2 * interval '1 ms' "
      "WHERE holder = $1 RETURNING partition",
      pg::Params().text(name_).bigint(ttl_ms_));
  Partitions held;
  for (int row = 0; row < result.rows(); ++row) {
    held.insert(static_cast<ledger::Partition>(result.integer(row, 0)));
  }
  return held;
}

void LeaseTable::release(ledger::Partition partition) {
  connection_.exec(
      "UPDATE checkpoints.projector_leases SET holder = NULL, live_until = '-infinity', "
      "backend_pid = NULL, backend_start = NULL WHERE holder = $1 AND partition = $2",
      pg::Params().text(name_).integer(static_cast<std::int32_t>(partition)));
}

void LeaseTable::take(std::size_t count, Partitions& held) {
  const pg::Result free = connection_.exec(
      "SELECT partition, backend_pid, backend_start FROM checkpoints.projector_leases "
      "WHERE holder IS DISTINCT FROM $1 AND (holder IS NULL OR live_until < clock_timestamp()) "
      "ORDER BY partition LIMIT $2 FOR UPDATE SKIP LOCKED",
      pg::Params().text(name_).bigint(static_cast<std::int64_t>(count)));
  for (int row = 0; row < free.rows(); ++row) {
    if (!end_backend(free, row)) continue;
    const auto partition = static_cast<ledger::Partition>(free.integer(row, 0));
    connection_.exec(
        "UPDATE checkpoints.projector_leases SET holder = $1, "
        "live_until = clock_timestamp() + $2 * interval '1 ms', "
        "backend_pid = NULL, backend_start = NULL WHERE partition = $3",
        pg::Params().text(name_).bigint(ttl_ms_).integer(static_cast<std::int32_t>(partition)));
    held.insert(partition);
  }
}

bool LeaseTable::end_backend(const pg::Result& leases, int row) {
  if (leases.is_null(row, 1)) return true;
  // Within a transaction the view goes on showing a backend that was ended for another partition.
  connection_.exec("SELECT pg_stat_clear_snapshot()");
  // The start time tells whether the number belongs to another process by now.
  const pg::Result ended = connection_.exec(
      "SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity "
      "WHERE pid = $1 AND backend_start = $2::text::timestamptz",
      pg::Params()
          .integer(static_cast<std::int32_t>(leases.integer(row, 1)))
          .text(leases.bytes(row, 2))
          .bigint(kEndBackendMs));
  return ended.rows() == 0 || ended.bytes(0, 0) == "t";
}

void LeaseTable::release_all() {
  pg::Transaction transaction(connection_, kMaxIdle);
  for (const ledger::Partition partition : renew()) release(partition);
  connection_.exec("DELETE FROM checkpoints.projectors WHERE name = $1", pg::Params().text(name_));
  transaction.commit();
}

void stamp_backend(pg::Connection& writer, const std::string& name, Stride stride) {
  writer.exec(
      "UPDATE checkpoints.projector_leases SET backend_pid = a.pid, "
      "backend_start = a.backend_start FROM pg_stat_activity a "
      "WHERE a.pid = pg_backend_pid() AND holder = $1 AND partition % $2 = $3",
      pg::Params()
          .text(name)
          .bigint(static_cast<std::int64_t>(stride.every))
          .bigint(static_cast<std::int64_t>(stride.nth)));
}

}  // namespace flashpoll::projector
