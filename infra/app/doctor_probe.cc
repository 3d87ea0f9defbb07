#include "infra/app/doctor_probe.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "events/credentials.h"
#include "infra/app/doctor.h"
#include "infra/app/open_ledger.h"
#include "infra/app/secret_mac.h"
#include "infra/ledger/deployment.h"
#include "infra/ledger/kafka_ledger.h"
#include "infra/pg/connection.h"
#include "infra/runtime/build_info.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

using runtime::Finding;
using runtime::Findings;
using State = Finding::State;

constexpr int kClockTries = 5;

Finding look_at_version() {
  std::string text = "flashpoll " + std::string(runtime::version());
  if (!runtime::revision().empty()) text += " (" + std::string(runtime::revision()) + ")";
  return {"version", State::ok,
          text + ", libpq " + pg::library_version() + ", librdkafka " +
              ledger::kafka_library_version()};
}

Findings look_at_secret_file(const std::string& path) {
  (void)read_secret(path);
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) throw Misconfigured("secret_file: cannot look at " + path);
  return {judge_secret_mode(path, file.st_mode)};
}

Finding look_at_descriptors() {
  rlimit limit{};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  return judge_descriptors(limit.rlim_max);
}

Findings look_at_process(const Settings& settings) {
  Findings findings{look_at_version()};
  add_guarded(findings, "secret_file", "set secret_file to the secret of this deployment",
              [&] { return look_at_secret_file(settings.secret_file); });
  add(findings, {judge_public_url(settings), judge_proxies(settings), look_at_descriptors()});
  return findings;
}

/// The least of a few round trips tells the most.
Finding look_at_clock(const runtime::Clock& clock, pg::Connection& database) {
  std::int64_t ahead = 0;
  std::int64_t shortest = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < kClockTries; ++i) {
    const std::int64_t began = clock.monotonic_ms();
    const std::int64_t theirs =
        database.exec("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
            .integer(0, 0);
    const std::int64_t ours = clock.wall_ms();
    const std::int64_t took = clock.monotonic_ms() - began;
    if (took >= shortest) continue;
    shortest = took;
    ahead = ours - took / 2 - theirs;
  }
  return judge_clock(ahead, (shortest + 1) / 2);
}

Finding look_at_connections(pg::Connection& database) {
  const pg::Result row = database.exec(
      "SELECT count(*), current_setting('max_connections')::int - "
      "current_setting('superuser_reserved_connections')::int "
      "FROM pg_stat_activity WHERE backend_type = 'client backend'");
  return judge_connections(row.integer(0, 0), row.integer(0, 1));
}

Finding look_at_standbys(pg::Connection& database) {
  const pg::Result row = database.exec(
      "SELECT count(*) FROM pg_stat_replication WHERE coalesce(state, 'streaming') = 'streaming'");
  return judge_standbys(row.integer(0, 0));
}

/// Only where the server is on this machine and says where its files are.
Finding look_at_disk(pg::Connection& database) {
  struct statvfs disk{};
  std::string path;
  try {
    const pg::Result row = database.exec(
        "SELECT current_setting('data_directory'), coalesce(inet_server_addr() <<= '127.0.0.0/8' "
        "OR inet_server_addr() = '::1', true)");
    if (row.bytes(0, 1) == "t") path = row.bytes(0, 0);
  } catch (const pg::StatementFailed&) {
    path.clear();  // this user may not know
  }
  if (path.empty() || ::statvfs(path.c_str(), &disk) != 0) {
    return {"disk", State::ok, "unknown: PostgreSQL's files cannot be seen from here"};
  }
  return judge_disk(path, disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize);
}

Findings look_at_database(const runtime::Clock& clock, pg::Connection& database) {
  Findings findings;
  findings.push_back(
      {"database", State::ok,
       "PostgreSQL " + std::string(database.exec("SHOW server_version").bytes(0, 0))});
  findings.push_back(look_at_clock(clock, database));
  findings.push_back(look_at_connections(database));
  findings.push_back(look_at_standbys(database));
  findings.push_back(look_at_disk(database));
  return findings;
}

/// Nothing about a secret that cannot be read: that was told before.
Findings look_at_fingerprint(const Settings& settings, pg::Connection& database) {
  std::string secret;
  try {
    secret = read_secret(settings.secret_file);
  } catch (const Misconfigured&) {
    return {};
  }
  const events::KeyFingerprint ours = events::key_fingerprint(SecretMac(secret));
  return {judge_fingerprint(crypto::as_text(ours),
                            ledger::find_deployment_value(database, "key_fingerprint"))};
}

}  // namespace

Findings examine(const Settings& settings) {
  const runtime::SystemClock clock(settings.clock_offset_ms);
  Findings findings = look_at_process(settings);
  std::optional<pg::Connection> database;
  add_guarded(findings, "database", "start PostgreSQL, or set database to where it is", [&] {
    database.emplace(database_of(settings, "doctor"));
    return look_at_database(clock, *database);
  });
  if (!database) return findings;
  add_guarded(findings, "secret", "set secret_file to the secret of this deployment",
              [&] { return look_at_fingerprint(settings, *database); });
  add(findings, examine_ledger(settings, clock, *database));
  return findings;
}

}  // namespace flashpoll::app
