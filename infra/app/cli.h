#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "infra/runtime/config.h"

/// The command line. Each function adds its commands to the program; parsing runs the one that was
/// given. A command's callback leaves its exit code in `Program::exit_code`, or throws a fault.
namespace flashpoll::app {

/// Exit codes, as in the README.
enum ExitCode {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kUnreachable = 3,
  kNotVerified = 4,
  kLedgerRefused = 5,
};

struct Program {
  CLI::App cli{"FlashPoll: a vote ledger with live results.", "flashpoll"};
  int exit_code = kOk;
};

/// Flags of all settings of the server, and `--config`. Read after parsing.
class SettingFlags {
 public:
  /// Lives as long as `command`.
  static std::shared_ptr<SettingFlags> add_to(CLI::App& command);
  /// Flags over environment over file over defaults. Throws Misconfigured.
  [[nodiscard]] runtime::Config load() const;

 private:
  static void add_properties(CLI::App& command, const runtime::Setting& setting,
                             const std::shared_ptr<SettingFlags>& flags);

  runtime::Texts flags_;
  std::string file_;
};

void add_serve(Program& program);
void add_operation(Program& program);  ///< migrate, config, doctor, verify, rebuild, ledger, replay
void add_client(Program& program);     ///< poll, vote, retract, ingest

}  // namespace flashpoll::app
