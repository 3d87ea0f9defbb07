#include "infra/app/base.h"

#include "infra/app/deployment_secret.h"
#include "infra/app/open_ledger.h"
#include "infra/ledger/postgres_checkpoint.h"

namespace flashpoll::app {

Base::Base(const Settings& from)
    : settings(from),
      clock(from.clock_offset_ms),
      log(clock, from.log_level),
      mac(read_secret(from.secret_file)),
      failed_credentials(clock, static_cast<int>(from.limits.failed_credentials_per_minute)) {
  migrate_database(from);
  claim_deployment(database("start"), events::key_fingerprint(mac));
}

pg::Target Base::database(const char* application) const {
  return database_of(settings, application);
}

History::History(Base& base)
    : ledger(open_ledger(base.settings, Create::yes, base.log)),
      checkpoints(std::make_unique<ledger::PostgresCheckpointStore>(base.database("checkpoints"))) {
}

}  // namespace flashpoll::app
