#include "infra/ledger/postgres_checkpoint.h"

#include <future>

#include "infra/runtime/check.h"
#include "infra/runtime/thread.h"

namespace flashpoll::ledger {
namespace {

constexpr int kPageParts = 16;

CheckpointPart part_of(const pg::Result& parts, int row) {
  return {std::string(parts.bytes(row, 0)), std::string(parts.bytes(row, 1))};
}

std::vector<CheckpointPart> page(pg::Connection& session, const std::string& id,
                                 const std::string& after) {
  const pg::Result found = session.exec(
      "SELECT name, bytes FROM checkpoints.parts WHERE id = $1 AND name > $2 COLLATE \"C\" "
      "ORDER BY name LIMIT $3",
      pg::Params().text(id).text(after).integer(kPageParts), pg::Format::binary);
  std::vector<CheckpointPart> parts;
  for (int row = 0; row < found.rows(); ++row) parts.push_back(part_of(found, row));
  return parts;
}

}  // namespace

pg::Connection& PostgresCheckpointStore::connection() {
  if (!connection_ || !connection_->usable()) {
    connection_.reset();
    connection_.emplace(target_);
  }
  return *connection_;
}

bool PostgresCheckpointStore::lease(const std::string& holder, std::int64_t ttl_ms) {
  const runtime::MutexLock lock(mutex_);
  const pg::Result taken = connection().exec(
      "INSERT INTO checkpoints.snapshot_lease AS l (holder, until) "
      "VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond') "
      "ON CONFLICT (one) DO UPDATE SET holder = excluded.holder, until = excluded.until "
      "WHERE l.holder = excluded.holder OR l.until <= clock_timestamp()",
      pg::Params().text(holder).bigint(ttl_ms));
  return taken.affected() == 1;
}

void PostgresCheckpointStore::put(const std::string& id, const std::vector<CheckpointPart>& parts) {
  std::vector<std::string_view> names;
  std::vector<std::string_view> bytes;
  for (const CheckpointPart& part : parts) {
    names.push_back(part.name);
    bytes.push_back(part.bytes);
  }
  const runtime::MutexLock lock(mutex_);
  const pg::Result written = connection().exec(
      "INSERT INTO checkpoints.parts (id, name, bytes) "
      "SELECT $1, name, bytes FROM unnest($2::text[], $3::bytea[]) AS p (name, bytes) "
      "WHERE NOT EXISTS (SELECT FROM checkpoints.manifests WHERE id = $1) "
      "ON CONFLICT (id, name) DO UPDATE SET bytes = excluded.bytes",
      pg::Params().text(id).texts(names).byteas(bytes));
  FP_CHECK(written.affected() == static_cast<std::int64_t>(parts.size()),
           "parts are put before the manifest");
}

bool PostgresCheckpointStore::commit(const Checkpoint& checkpoint, const std::string& previous_id) {
  const runtime::MutexLock lock(mutex_);
  pg::Connection& session = connection();
  pg::Transaction transaction(session);
  session.exec("LOCK TABLE checkpoints.manifests IN SHARE ROW EXCLUSIVE MODE");
  const pg::Result found =
      session.exec("SELECT id FROM checkpoints.manifests ORDER BY version DESC LIMIT 1");
  const std::string newest(found.rows() == 0 ? "" : found.bytes(0, 0));
  if (newest == checkpoint.id) return true;
  if (newest != previous_id) return false;
  session.exec(
      "INSERT INTO checkpoints.manifests (id, version, manifest) "
      "SELECT $1, coalesce(max(version), 0) + 1, $2 FROM checkpoints.manifests",
      pg::Params().text(checkpoint.id).bytea(checkpoint.manifest));
  session.exec(
      "DELETE FROM checkpoints.manifests WHERE id NOT IN "
      "(SELECT id FROM checkpoints.manifests ORDER BY version DESC LIMIT 2)");
  session.exec(
      "DELETE FROM checkpoints.parts WHERE id NOT IN (SELECT id FROM checkpoints.manifests)");
  transaction.commit();
  return true;
}

std::vector<Checkpoint> PostgresCheckpointStore::newest() {
  const runtime::MutexLock lock(mutex_);
  const pg::Result found = connection().exec(
      "SELECT id, manifest FROM checkpoints.manifests ORDER BY version DESC LIMIT 2", {},
      pg::Format::binary);
  std::vector<Checkpoint> checkpoints;
  for (int row = 0; row < found.rows(); ++row) {
    checkpoints.push_back({std::string(found.bytes(row, 0)), std::string(found.bytes(row, 1))});
  }
  return checkpoints;
}

void PostgresCheckpointStore::read(const std::string& id,
                                   const std::function<void(CheckpointPart)>& each) {
  pg::Connection session(target_);
  const auto fetch = [&](std::string after) {
    return std::async(std::launch::async, [&session, &id, after = std::move(after)] {
      runtime::name_this_thread("snapshot-read");
      return page(session, id, after);
    });
  };
  auto parts = fetch({}).get();
  while (!parts.empty()) {
    auto next = fetch(parts.back().name);
    for (CheckpointPart& part : parts) each(std::move(part));
    parts = next.get();
  }
}

}  // namespace flashpoll::ledger
