#include "infra/ledger/postgres_writer.h"

#include <string>
#include <string_view>

#include "infra/ledger/postgres_channel.h"
#include "infra/runtime/fault.h"

namespace flashpoll::ledger {
namespace {

/// One statement, so one round trip and no lock that outlives it. `fence` admits a number once;
/// `locked` takes the heads in ascending order (a bare UPDATE would lock in any order and
/// deadlock); the clock is read after the lock, so a partition's times ascend with its offsets as
/// far as the clock itself does. `i` is the partition's place in the arrays, found by bisection:
/// $3 has to ascend.
constexpr const char* kAppend = R"sql(
WITH fence AS (
  UPDATE ledger.writers SET last_seq = $2 WHERE writer = $1 AND last_seq = $2 - 1 RETURNING writer
), locked AS MATERIALIZED (
  SELECT partition, width_bucket(partition, $3::integer[]) AS i FROM ledger.heads
  WHERE partition = ANY ($3) AND EXISTS (SELECT FROM fence)
  ORDER BY partition FOR UPDATE
), moved AS (
  UPDATE ledger.heads h SET next_offset = h.next_offset + ($4::integer[])[l.i]
  FROM locked l WHERE h.partition = l.partition
  RETURNING h.partition, l.i, h.next_offset - ($4)[l.i] AS first_offset,
            floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms
)
INSERT INTO ledger.segments (partition, first_offset, count, ms, payload)
SELECT partition, first_offset, ($4)[i], ms, ($5::bytea[])[i] FROM moved
RETURNING partition, first_offset, ms, pg_notify($6, $1::text)
)sql";

constexpr const char* kStatement = "append";

/// The server drops a statement whose client has gone, and one that hangs; both only shorten the
/// doubt, correctness rests on the fence. The tables are small or reached by key.
constexpr const char* kSession =
    "SET client_connection_check_interval = '1s'; SET statement_timeout = '10s';"
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";

}  // namespace

Landed PostgresWriter::send(const Segments& batch, std::chrono::milliseconds limit) {
  if (!connection_ || !connection_->usable()) connect(limit);
  connection_->set_limit(limit);
  const pg::Result written = execute(batch);
  Landed landed;
  for (int row = 0; row < written.rows(); ++row) {
    landed[static_cast<Partition>(written.integer(row, 0))] = {written.integer(row, 1),
                                                               written.integer(row, 2)};
  }
  if (landed.empty()) {
    in_doubt_ = true;
    require_number(number_ + 1);
  } else if (landed.size() != batch.size()) {
    throw Corrupt("ledger: a row of ledger.heads is missing");
  }
  ++number_;
  in_doubt_ = false;
  return landed;
}

void PostgresWriter::connect(std::chrono::milliseconds limit) {
  connection_.reset();
  connection_.emplace(target_, limit);
  connection_->set_limit(limit);
  connection_->exec(kSession);
  if (writer_ == 0) register_writer();
  const std::vector<std::int32_t> integers;
  const std::vector<std::string_view> bytes;
  connection_->prepare(
      kStatement, kAppend,
      pg::Params().bigint(0).bigint(0).integers(integers).integers(integers).byteas(bytes).text(
          ""));
}

void PostgresWriter::register_writer() {
  // If the answer is lost, a row stays that nobody uses.
  writer_ =
      connection_->exec("INSERT INTO ledger.writers DEFAULT VALUES RETURNING writer").integer(0, 0);
}

pg::Result PostgresWriter::execute(const Segments& batch) {
  std::vector<std::int32_t> partitions;
  std::vector<std::int32_t> counts;
  std::vector<std::string_view> payloads;
  for (const auto& [partition, segment] : batch) {
    partitions.push_back(static_cast<std::int32_t>(partition));
    counts.push_back(segment.count());
    payloads.push_back(segment.bytes());
  }
  try {
    return connection_->exec_prepared(kStatement,
                                      pg::Params()
                                          .bigint(writer_)
                                          .bigint(number_ + 1)
                                          .integers(partitions)
                                          .integers(counts)
                                          .byteas(payloads)
                                          .text(kLedgerChannel),
                                      pg::Format::binary);
  } catch (const pg::InDoubt&) {
    in_doubt_ = true;
    throw;
  }
}

void PostgresWriter::require_number(std::int64_t number) {
  const pg::Result row = connection_->exec("SELECT last_seq FROM ledger.writers WHERE writer = $1",
                                           pg::Params().bigint(writer_));
  if (row.rows() == 1 && row.integer(0, 0) == number) return;
  throw Corrupt("ledger: the row of writer " + std::to_string(writer_) +
                " in ledger.writers was changed by somebody else");
}

}  // namespace flashpoll::ledger
