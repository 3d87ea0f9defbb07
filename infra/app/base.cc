#include "infra/app/base.h"

#include "infra/app/open_ledger.h"
#include "infra/crypto/encoding.h"
#include "infra/ledger/deployment.h"
#include "infra/ledger/postgres_checkpoint.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

/// Another secret would make every voter of the ledger a stranger.
void check_secret(const Base& base) {
  const events::KeyFingerprint ours = events::key_fingerprint(base.mac);
  const std::string text(crypto::as_text(ours));
  const std::string stored =
      ledger::deployment_value(base.database("start"), "key_fingerprint", text);
  if (stored == text) return;
  throw Corrupt("this deployment was begun with another secret (fingerprint " +
                crypto::hex_encode(stored) + ", the one in secret_file has " +
                crypto::hex_encode(text) +
                "): set secret_file to the secret of this deployment, from its backup");
}

}  // namespace

Base::Base(const Settings& from)
    : settings(from),
      clock(from.clock_offset_ms),
      log(clock, from.log_level),
      mac(read_secret(from.secret_file)),
      failed_credentials(clock, static_cast<int>(from.limits.failed_credentials_per_minute)) {
  migrate_database(from);
  check_secret(*this);
}

pg::Target Base::database(const char* application) const {
  return database_of(settings, application);
}

History::History(Base& base)
    : ledger(open_ledger(base.settings, Create::yes, base.log)),
      checkpoints(std::make_unique<ledger::PostgresCheckpointStore>(base.database("checkpoints"))) {
}

}  // namespace flashpoll::app
