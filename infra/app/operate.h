#pragma once

#include <memory>
#include <string>

#include "infra/app/cli.h"
#include "infra/app/open_ledger.h"
#include "infra/app/settings.h"
#include "infra/ledger/ledger.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/log.h"

/// The operator's commands: they work on the ledger and the database that the settings name.
namespace flashpoll::app {

void add_migrate(Program& program);
void add_config(Program& program);
void add_doctor(Program& program);
void add_ledger(Program& program);  ///< with the two below, which are commands of `ledger`
void add_export(Program& program, CLI::App& parent);
void add_import(Program& program, CLI::App& parent);
void add_replay(Program& program);
void add_verify(Program& program);
void add_rebuild(Program& program);

struct OperateOptions {
  std::shared_ptr<SettingFlags> flags;
  std::string output = "text";

  [[nodiscard]] bool json() const { return output == "json"; }
  /// Throws Misconfigured.
  [[nodiscard]] Settings settings() const { return read_settings(flags->load()); }
};

template <class Options>
std::shared_ptr<Options> add_operate_options(CLI::App& command) {
  auto options = std::make_shared<Options>();
  options->flags = SettingFlags::add_to(command);
  command.add_option("-o,--output", options->output, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  return options;
}

/// `run` gives the exit code.
template <class Options>
void on_call(Program& program, CLI::App& command, std::shared_ptr<Options> options,
             int (*run)(const Options&)) {
  command.callback(
      [&program, options = std::move(options), run] { program.exit_code = run(*options); });
}

/// The ledger that the settings name, for reading. Throws Corrupt when there is none or it is
/// refused, Unavailable.
struct OpenLedger {
  explicit OpenLedger(const Settings& from, Create create = Create::no);

  Settings settings;
  runtime::SystemClock clock;
  runtime::Log log;
  std::unique_ptr<ledger::Ledger> ledger;
};

}  // namespace flashpoll::app
