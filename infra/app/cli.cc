#include "infra/app/cli.h"

#include "infra/app/settings.h"

namespace flashpoll::app {

void SettingFlags::add_properties(CLI::App& command, const runtime::Setting& setting,
                                  const std::shared_ptr<SettingFlags>& flags) {
  const std::string above = std::string(setting.name) + ".";
  command
      .add_option_function<std::vector<std::string>>(
          runtime::flag_of(setting),
          [flags, above](const std::vector<std::string>& given) {
            for (const std::string& one : given) {
              const std::size_t equals = one.find('=');
              if (equals == std::string::npos)
                throw CLI::ValidationError(one, "NAME=VALUE is expected");
              flags->flags_[above + one.substr(0, equals)] = one.substr(equals + 1);
            }
          },
          std::string(setting.help))
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE")
      ->group("Settings");
}

std::shared_ptr<SettingFlags> SettingFlags::add_to(CLI::App& command) {
  auto flags = std::make_shared<SettingFlags>();
  command.add_option("--config", flags->file_, "TOML file with settings")
      ->check(CLI::ExistingFile)
      ->group("Settings");
  for (const runtime::Setting& setting : settings_table()) {
    // What is secret comes by environment or file: everybody sees a process's arguments.
    if (setting.kind == runtime::SettingKind::secret) continue;
    if (setting.type == runtime::SettingType::properties) {
      add_properties(command, setting, flags);
      continue;
    }
    const std::string name(setting.name);
    command
        .add_option_function<std::string>(
            runtime::flag_of(setting),
            [flags, name](const std::string& value) { flags->flags_[name] = value; },
            std::string(setting.help) + " [" + std::string(setting.fallback) + "]")
        ->type_name("")
        ->group("Settings");
  }
  return flags;
}

runtime::Config SettingFlags::load() const {
  runtime::ConfigSources sources{.flags = flags_, .environment = runtime::read_environment()};
  if (!file_.empty()) sources.file = file_;
  return runtime::Config::load(settings_table(), sources, other_variables());
}

}  // namespace flashpoll::app
