#include <algorithm>
#include <optional>

#include "infra/app/doctor.h"
#include "infra/app/doctor_probe.h"
#include "infra/app/open_ledger.h"
#include "infra/app/read_ledger.h"
#include "infra/ledger/deployment.h"
#include "infra/ledger/digest.h"
#include "infra/ledger/kafka_ledger.h"
#include "infra/ledger/postgres_checks.h"
#include "projector/read_model.h"
#include "projector/read_schema.h"

namespace flashpoll::app {

namespace {

using runtime::Finding;
using runtime::Findings;
using State = Finding::State;

/// Which ledger the deployment was begun on: postgres, or kafka with a topic.
Finding look_at_kind(const Settings& settings, const std::optional<std::string>& begun_on) {
  const std::string kind = settings.ledger == LedgerKind::kafka ? "kafka" : "postgres";
  if (!begun_on) return {"deployment", State::ok, "not begun yet, would be on " + kind};
  if (begun_on->starts_with(kind)) return {"deployment", State::ok, "begun on " + *begun_on};
  return {
      "deployment", State::fail,
      "this database was begun on another ledger (" + *begun_on + "), the settings name " + kind,
      "set ledger and kafka_topic to that one, or database to a new one"};
}

/// What a start checks.
Findings look_at_store(const Settings& settings, pg::Connection& database, runtime::Log& log) {
  if (settings.ledger == LedgerKind::kafka) {
    return ledger::look_at_kafka_ledger(settings.kafka, settings.partitions, log);
  }
  return ledger::look_at_postgres_ledger(database, settings.partitions);
}

/// Before the first start there is no ledger, which is no fault.
void excuse_absence(Findings& findings) {
  for (Finding& finding : findings) {
    if (finding.name == "created") {
      finding = {finding.name, State::ok, "not yet, the first start makes the ledger"};
    }
  }
}

/// Whether the read tables were folded from this very ledger.
Finding look_at_folded(const Settings& settings, ledger::Ledger& ledger, pg::Connection& database) {
  const auto pointer = projector::read_pointer(database);
  if (pointer && !projector::has_this_shape(database, pointer->schema)) {
    return {"read tables", State::fail, "another version made " + pointer->schema,
            "run `flashpoll migrate`, which folds new ones from the ledger"};
  }
  const auto model =
      projector::ReadModel::serving(database_of(settings, "doctor"), events::kReaderVersion);
  int newest_reader = 0;
  for (const auto& [partition, stored] : model->positions()) {
    newest_reader = std::max(newest_reader, stored.reader);
    if (const auto& last = stored.mark.last) {
      ledger::check_holds(ledger, partition, last->offset, last->digest, kLedgerWait);
    }
  }
  if (newest_reader <= events::kReaderVersion) {
    return {"read tables", State::ok, model->schema() + " was folded from this ledger"};
  }
  return {"read tables", State::warn, "a newer version has written them: a projector stands by",
          "upgrade this one too"};
}

Finding look_at_newest_record(const runtime::Clock& clock, ledger::Ledger& ledger) {
  std::optional<std::int64_t> newest;
  const auto ends = ledger.ends(kLedgerWait);
  for (ledger::Partition partition = 0; partition < ends.size(); ++partition) {
    if (ends[partition] == 0) continue;
    const auto last = ledger::read_one(ledger, partition, ends[partition] - 1, kLedgerWait);
    if (last) newest = std::max(newest.value_or(last->append_time_ms), last->append_time_ms);
  }
  if (newest) newest = clock.wall_ms() - *newest;
  return judge_newest_record(newest);
}

/// What only an open ledger can tell.
Findings look_into(const Settings& settings, const runtime::Clock& clock, pg::Connection& database,
                   runtime::Log& log) {
  const auto ledger = open_ledger(settings, Create::no, log);
  return {look_at_newest_record(clock, *ledger), look_at_folded(settings, *ledger, database)};
}

}  // namespace

Findings examine_ledger(const Settings& settings, const runtime::Clock& clock,
                        pg::Connection& database) {
  runtime::Log log(clock, runtime::LogLevel::error);
  const auto begun_on = ledger::find_deployment_value(database, "ledger");
  Findings findings{look_at_kind(settings, begun_on)};
  if (runtime::any_fails(findings)) return findings;
  add_guarded(findings, "ledger", "start its servers, or set where they are",
              [&] { return look_at_store(settings, database, log); });
  if (!begun_on) excuse_absence(findings);
  if (!begun_on || runtime::any_fails(findings)) return findings;
  add_guarded(findings, "ledger", "connect the ledger and the database that belong together",
              [&] { return look_into(settings, clock, database, log); });
  return findings;
}

}  // namespace flashpoll::app
