#include "infra/ledger/deployment.h"
#include "infra/ledger/postgres_checkpoint.h"
#include "infra/pg/schemas.h"
#include "tests/contract/checkpoint_contract.h"
#include "tests/support/private_postgres.h"

namespace flashpoll::ledger::test {
namespace {

using flashpoll::test::PrivatePostgres;

pg::Target migrated() {
  const pg::Target target{PrivatePostgres::shared().create_database(), "contract"};
  pg::migrate(target, schemas::checkpoint_objects());
  return target;
}

class PostgresBackend {
 public:
  CheckpointStore& store() { return store_; }
  void pass(std::int64_t ms) {
    pg::Connection(target_).exec("SELECT pg_sleep($1 / 1000.0)", pg::Params().bigint(ms));
  }

 private:
  const pg::Target target_ = migrated();
  PostgresCheckpointStore store_{target_};
};

}  // namespace

CHECKPOINT_CONTRACT(PostgresBackend);

TEST_CASE("a store that lost its session goes on with the next call") {
  const pg::Target target = migrated();
  PostgresCheckpointStore store(target);
  store.put("id", {{"p", "1"}});
  pg::Connection(target).exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  CHECK_THROWS_AS(store.put("id", {{"p", "2"}}), Unavailable);
  store.put("id", {{"p", "3"}});
  CHECK(store.commit({"id", "m"}, ""));
  CHECK(parts_of(store, "id").at(0).bytes == "3");
}

TEST_CASE("what belongs to the deployment is stored by the first who asks") {
  const pg::Target target = migrated();
  const std::string mine("\0\1", 2);
  CHECK(deployment_value(target, "secret_fingerprint", mine) == mine);
  CHECK(deployment_value(target, "secret_fingerprint", "other") == mine);
  CHECK(deployment_value(target, "another name", "other") == "other");
}

}  // namespace flashpoll::ledger::test
