#include "projector/green.h"

#include <future>

#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::projector {

namespace {

/// Arbitrary, but the same in every version: `FPgreen` read as a number.
constexpr std::int64_t kLock = 0x4650677265656e;
/// Comparing everything may take long.
constexpr std::chrono::minutes kLimit{30};

ReadPointer locked_pointer(pg::Connection& connection) {
  connection.set_limit(kLimit);
  const pg::Result lock =
      connection.exec("SELECT pg_try_advisory_lock($1)", pg::Params().bigint(kLock));
  if (lock.bytes(0, 0) != "t") {
    throw Unavailable("another verify or rebuild is under way on this database");
  }
  const auto pointer = read_pointer(connection);
  if (!pointer) throw Unavailable("the read tables are not made yet (flashpoll migrate)");
  return *pointer;
}

}  // namespace

Green::Green(const RefoldSource& source, Purpose purpose, std::optional<events::PollId> only,
             Bulk bulk)
    : source_(source),
      bulk_(bulk),
      connection_(source.database),
      blue_(locked_pointer(connection_)),
      schema_(purpose == Purpose::scratch ? "verify" : next_schema(blue_.schema)) {
  const bool comparable = has_this_shape(connection_, blue_.schema);
  if (purpose == Purpose::scratch) require_this_shape(connection_, blue_.schema);
  drop_read_tables(connection_, schema_);
  create_read_tables(connection_, schema_, source_.ledger.partitions(), purpose);
  if (purpose == Purpose::reading) indexes_ = set_indexes_aside(connection_, schema_);
  refold_ = std::make_unique<Refold>(source_, schema_, bulk, only);
  if (!comparable) return;
  comparison_ = std::make_unique<Comparison>(connection_, blue_.schema, schema_, only);
  if (!only && bulk != Bulk::left_out)
    scan_ = std::make_unique<RowScan>(source_.database, blue_.schema);
}

Green::~Green() {
  refold_.reset();
  try {
    if (!connection_.usable()) return;
    if (!kept_) drop_read_tables(connection_, schema_);
    // The end of the session would do, but a little after this process went on.
    connection_.exec("SELECT pg_advisory_unlock($1)", pg::Params().bigint(kLock));
  } catch (const std::runtime_error&) {
    // The next verify or rebuild drops what is left.
  }
}

Refold::Marks Green::blue_marks() {
  ReadModel blue(pg::Connection(source_.database), blue_.schema, Tables::building, source_.reader);
  return marks_of(blue);
}

void Green::build() {
  // Up to where blue says it is: if that is wrong, it shows at the end.
  std::future<void> scanned =
      std::async(std::launch::async, [this, last = last_seqs(blue_.schema)] {
        runtime::name_this_thread("row-scan");
        if (scan_) scan_->up_to(last);
      });
  refold_->up_to(blue_marks());
  std::future<void> indexed = std::async(std::launch::async, [this] {
    runtime::name_this_thread("indexes");
    make_indexes();
  });
  if (comparison_) comparison_->begin();
  scanned.get();
  if (comparison_ && bulk_ == Bulk::stored && !sums_agree()) comparison_->immutable();
  indexed.get();
}

/// On a connection of its own, beside the comparison, which needs none of them.
void Green::make_indexes() const {
  if (indexes_.empty()) return;
  pg::Connection connection(source_.database);
  connection.set_limit(kLimit);
  connection.exec("SET maintenance_work_mem = '256MB'");
  for (const std::string& definition : indexes_) connection.exec(definition);
  for (const char* table : {"polls", "poll_results", "poll_events", "result_history"}) {
    connection.exec("ANALYZE " + schema_ + "." + table);
  }
}

std::optional<Verified> Green::finish() {
  connection_.exec("SELECT partition FROM " + blue_.schema +
                   ".positions ORDER BY partition FOR UPDATE");
  refold_->up_to(blue_marks());
  if (!comparison_) {
    return Verified{.differences = {}, .records = refold_->records(), .compared = false};
  }
  if (scan_) scan_->rest(connection_, last_seqs(schema_));
  if (bulk_ != Bulk::left_out && !sums_agree()) {
    if (bulk_ == Bulk::only_summed) return std::nullopt;
    comparison_->latest_entries();
  }
  comparison_->states();
  return Verified{.differences = comparison_->differences(),
                  .records = refold_->records(),
                  .entries = bulk_ == Bulk::left_out ? 0 : comparison_->entries()};
}

LastSeqs Green::last_seqs(const std::string& schema) {
  const pg::Result rows = connection_.exec("SELECT poll_id, seq FROM " + schema + ".poll_results",
                                           {}, pg::Format::binary);
  LastSeqs last;
  for (int row = 0; row < rows.rows(); ++row) last[rows.integer(row, 0)] = rows.integer(row, 1);
  return last;
}

bool Green::sums_agree() const {
  return scan_ && !scan_->has_strangers() && scan_->sums() == refold_->sums();
}

void Green::drop_former() {
  if (!blue_.former) return;
  connection_.exec("UPDATE checkpoints.read_pointer SET former = NULL");
  drop_read_tables(connection_, *blue_.former);
}

}  // namespace flashpoll::projector
