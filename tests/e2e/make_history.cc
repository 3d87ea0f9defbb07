/// make_history DATABASE PARTITIONS RECORDS POLLS SEED SECRET_FILE: appends that many records of a
/// RandomHistory to the postgres ledger, which must be there. Prints how many of them are strays.
#include <cstdio>
#include <span>
#include <string>

#include "events/credentials.h"
#include "infra/app/import_appender.h"
#include "infra/app/secret_mac.h"
#include "infra/app/settings.h"
#include "infra/ledger/postgres_ledger.h"
#include "infra/runtime/clock.h"
#include "tests/support/random_history.h"

namespace flashpoll::test {
namespace {

int run(std::span<char*> arguments) {
  if (arguments.size() != 7) return 2;
  const auto number = [&arguments](std::size_t i) { return std::stoull(arguments[i]); };
  const auto partitions = static_cast<ledger::Partition>(number(2));
  const runtime::SystemClock clock;
  runtime::Log log(clock, runtime::LogLevel::warning);
  ledger::PostgresLedger ledger({arguments[1], "make_history"}, partitions, log);
  const app::SecretMac mac(app::read_secret(arguments[6]));
  RandomHistory history(number(5), number(4), events::key_fingerprint(mac));
  app::ImportAppender appender(ledger);
  std::uint64_t strays = 0;
  for (std::uint64_t left = number(3); left > 0; --left) {
    RandomHistory::Item item = history.next();
    strays += item.stray ? 1 : 0;
    appender.add({.partition = events::partition_of(item.key, partitions),
                  .key = std::move(item.key),
                  .value = std::move(item.value),
                  .time_ms = item.time_ms});
  }
  appender.finish();
  std::printf("%llu\n", static_cast<unsigned long long>(strays));
  return 0;
}

}  // namespace
}  // namespace flashpoll::test

int main(int argc, char** argv) {
  return flashpoll::test::run({argv, static_cast<std::size_t>(argc)});
}
