#include <cstdio>

#include "infra/app/client_address.h"
#include "infra/app/open_ledger.h"
#include "infra/app/operate.h"
#include "infra/app/progress.h"
#include "infra/app/terminal.h"
#include "infra/json/writer.h"
#include "projector/rebuild.h"
#include "projector/verify.h"

namespace flashpoll::app {

namespace {

struct VerifyOptions : OperateOptions {
  std::string poll;
  bool counts = false;
};

struct RebuildOptions : OperateOptions {
  bool accept_differences = false;
};

/// How far the refolding is.
projector::Progress progress(const OpenLedger& open) {
  return [line = std::make_shared<ProgressLine>(open.clock)](
             std::uint64_t done, std::uint64_t total) { line->show("refolded", done, total); };
}

void write_verified(json::Writer& out, const projector::Verified& verified) {
  out.key("equal");
  verified.compared ? out.value(verified.differences.none()) : out.null();
  out.member("records", verified.records);
  out.member("entries", verified.entries).member("differences", verified.differences.count);
  out.key("rows").begin_array();
  for (const std::string& row : verified.differences.named) out.value(row);
  out.end_array();
}

std::string describe(const projector::Verified& verified, projector::Depth depth) {
  if (!verified.compared) {
    return std::to_string(verified.records) +
           " records refolded; what was in force is of another version and was not compared\n";
  }
  const projector::Differences& differences = verified.differences;
  std::string text =
      std::to_string(verified.records) + " records refolded, " +
      (depth == projector::Depth::counts ? "results"
                                         : std::to_string(verified.entries) + " entries") +
      " compared: ";
  if (differences.none()) return text + "equal\n";
  text += std::to_string(differences.count) + " rows differ\n";
  for (const std::string& row : differences.named) text += "  " + printable(row) + "\n";
  if (differences.count > differences.named.size()) text += "  …\n";
  return text;
}

int verify(const VerifyOptions& options) {
  std::optional<events::PollId> poll;
  if (!options.poll.empty()) poll = parse_poll_address(options.poll).poll;
  const auto depth = options.counts ? projector::Depth::counts : projector::Depth::rows;
  const OpenLedger open(options.settings());
  const pg::Target database = database_of(open.settings, "verify");
  const projector::Verified verified = projector::verify(
      {.ledger = *open.ledger, .database = database, .progress = progress(open)}, poll, depth);
  std::string text;
  if (options.json()) {
    json::Writer out(text);
    out.begin_object();
    write_verified(out, verified);
    out.end_object();
    text += "\n";
  } else {
    text = describe(verified, depth);
  }
  print(text);
  return verified.differences.none() ? kOk : kNotVerified;
}

std::string describe(const projector::Rebuilt& rebuilt) {
  return describe(rebuilt.verified, projector::Depth::rows) +
         (rebuilt.switched ? "in force now: " + rebuilt.schema + "\n" : "nothing was changed\n");
}

int rebuild(const RebuildOptions& options) {
  const OpenLedger open(options.settings());
  const pg::Target database = database_of(open.settings, "rebuild");
  const projector::Rebuilt rebuilt =
      projector::rebuild({.ledger = *open.ledger, .database = database, .progress = progress(open)},
                         options.accept_differences);
  std::string text;
  if (options.json()) {
    json::Writer out(text);
    out.begin_object().member("switched", rebuilt.switched).member("schema", rebuilt.schema);
    write_verified(out, rebuilt.verified);
    out.end_object();
    text += "\n";
  } else {
    text = describe(rebuilt);
  }
  print(text);
  return rebuilt.switched ? kOk : kNotVerified;
}

int migrate(const OperateOptions& options) {
  const Settings settings = options.settings();
  migrate_database(settings);
  const OpenLedger open(settings, Create::yes);
  const pg::Target database = database_of(settings, "migrate");
  const auto rebuilt = projector::rebuild_of_another_version(
      {.ledger = *open.ledger, .database = database, .progress = progress(open)});
  if (rebuilt) {
    std::fprintf(stderr, "flashpoll: new read tables, %s, from %s records\n",
                 rebuilt->schema.c_str(), std::to_string(rebuilt->verified.records).c_str());
  }
  std::fprintf(stderr, "flashpoll: the database is up to date\n");
  return kOk;
}

}  // namespace

void add_migrate(Program& program) {
  CLI::App* command = program.cli.add_subcommand(
      "migrate", "Bring the database up to date, with new read tables if this version needs them");
  on_call(program, *command, add_operate_options<OperateOptions>(*command), migrate);
}

void add_verify(Program& program) {
  CLI::App* command = program.cli.add_subcommand(
      "verify", "Refold from the ledger and compare with the read tables; 4 when not equal");
  auto options = add_operate_options<VerifyOptions>(*command);
  command->add_option("poll", options->poll, "only this one");
  command->add_flag("--counts", options->counts,
                    "compare what polls came to, not each entry: faster");
  on_call(program, *command, options, verify);
}

void add_rebuild(Program& program) {
  CLI::App* command = program.cli.add_subcommand(
      "rebuild", "New read tables beside the old, compared, then switched");
  auto options = add_operate_options<RebuildOptions>(*command);
  command->add_flag("--accept-differences", options->accept_differences,
                    "switch even when rows differ");
  on_call(program, *command, options, rebuild);
}

}  // namespace flashpoll::app
