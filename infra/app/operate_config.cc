#include <cstdio>

#include "infra/app/open_ledger.h"
#include "infra/app/operate.h"
#include "infra/app/terminal.h"
#include "infra/json/writer.h"

namespace flashpoll::app {

namespace {

std::string shown_as_json(const runtime::Config& config) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  for (const runtime::Config::Shown& setting : config.shown()) {
    out.key(setting.name).begin_object();
    out.member("value", setting.value).member("origin", setting.origin).end_object();
  }
  out.end_object();
  return text + "\n";
}

int show(const OperateOptions& options) {
  const runtime::Config config = options.flags->load();
  print(options.json() ? shown_as_json(config) : config.show());
  return kOk;
}

/// Everything that `serve` finds out before it reaches for the database.
int check(const OperateOptions& options) {
  const Settings settings = options.settings();
  (void)read_secret(settings.secret_file);
  if (settings.ledger == LedgerKind::kafka) ledger::check_kafka_properties(settings.kafka);
  std::fprintf(stderr, "flashpoll: the configuration is good\n");
  return kOk;
}

}  // namespace

void add_config(Program& program) {
  CLI::App* parent = program.cli.add_subcommand("config", "The settings");
  parent->require_subcommand(1);
  CLI::App* command = parent->add_subcommand("show", "Each value and where it came from");
  on_call(program, *command, add_operate_options<OperateOptions>(*command), show);
  command = parent->add_subcommand("check", "Whether `serve` would take them");
  on_call(program, *command, add_operate_options<OperateOptions>(*command), check);
}

}  // namespace flashpoll::app
