#include "infra/app/deployment_secret.h"

#include "infra/crypto/encoding.h"
#include "infra/crypto/hash.h"
#include "infra/ledger/deployment.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

constexpr std::string_view kName = "key_fingerprint";

void require_same(const std::string& stored, const events::KeyFingerprint& ours) {
  const std::string_view text = crypto::as_text(ours);
  if (stored == text) return;
  throw Corrupt("this deployment was begun with another secret (fingerprint " +
                crypto::hex_encode(stored) + ", the one in secret_file has " +
                crypto::hex_encode(text) +
                "): set secret_file to the secret of this deployment, from its backup");
}

}  // namespace

std::string fingerprint_text(const events::KeyFingerprint& fingerprint) {
  return crypto::hex_encode(crypto::as_text(fingerprint));
}

void claim_deployment(const pg::Target& database, const events::KeyFingerprint& ours) {
  require_same(ledger::deployment_value(database, kName, crypto::as_text(ours)), ours);
}

void check_deployment(const pg::Target& database, const events::KeyFingerprint& ours) {
  pg::Connection connection(database);
  const auto stored = ledger::find_deployment_value(connection, kName);
  if (stored) require_same(*stored, ours);
}

std::optional<std::string> deployment_fingerprint(const pg::Target& database) {
  pg::Connection connection(database);
  const auto stored = ledger::find_deployment_value(connection, kName);
  if (!stored) return std::nullopt;
  return crypto::hex_encode(*stored);
}

}  // namespace flashpoll::app
