#include <memory>

#include "infra/ledger/postgres_ledger.h"
#include "infra/pg/connection.h"
#include "tests/contract/ledger_contract.h"
#include "tests/contract/ledger_load_contract.h"
#include "tests/support/private_postgres.h"

namespace flashpoll::ledger::test {
namespace {

using flashpoll::test::PrivatePostgres;

class PostgresBackend {
 public:
  explicit PostgresBackend(PrivatePostgres& server = PrivatePostgres::shared())
      : target_{server.create_database(), "contract"} {
    create_postgres_ledger(target_, kPartitions);
  }

  std::unique_ptr<Ledger> open(std::size_t pending_entries = 65'536) {
    PostgresLedgerLimits limits;
    limits.pending_entries = pending_entries;
    return std::make_unique<PostgresLedger>(target_, kPartitions, log_, limits);
  }

  /// The server ends every session but this one.
  void interrupt() {
    pg::Connection(target_).exec(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }
  void disturb() { interrupt(); }

  void cut(Partition partition, Offset offset) {
    // The segment with that offset goes too; what is before it inside the segment stays readable
    // nowhere, as after a restore from an older backup.
    pg::Connection connection(target_);
    const pg::Params place =
        pg::Params().integer(static_cast<std::int32_t>(partition)).bigint(offset);
    connection.exec(
        "DELETE FROM ledger.segments WHERE partition = $1 AND first_offset + count > $2", place);
    connection.exec(
        "UPDATE ledger.heads h SET next_offset = (SELECT coalesce(max(first_offset + count), 0) "
        "FROM ledger.segments s WHERE s.partition = h.partition) WHERE partition = $1 AND $2 >= 0",
        place);
  }

  void exchange(Partition partition, Offset offset) {
    // The last byte of a payload belongs to the last record's value.
    pg::Connection(target_).exec(
        "UPDATE ledger.segments SET payload = set_byte(payload, length(payload) - 1, 33) "
        "WHERE partition = $1 AND first_offset + count - 1 = $2",
        pg::Params().integer(static_cast<std::int32_t>(partition)).bigint(offset));
  }

 private:
  const pg::Target target_;
  runtime::SystemClock clock_;
  runtime::Log log_{clock_, runtime::LogLevel::error};
};

/// The same on a server that crashes under load.
class CrashingBackend {
 public:
  std::unique_ptr<Ledger> open() { return backend_.open(); }
  void disturb() {
    server_.kill9();
    server_.start();
  }

 private:
  PrivatePostgres server_;
  PostgresBackend backend_{server_};
};

}  // namespace

LEDGER_CONTRACT(PostgresBackend);
LEDGER_LOAD_CONTRACT(PostgresBackend);
TEST_CASE_TEMPLATE_INVOKE(disturbed, CrashingBackend);

}  // namespace flashpoll::ledger::test
