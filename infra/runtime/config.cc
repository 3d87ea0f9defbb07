#include "infra/runtime/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "infra/runtime/check.h"
#include "infra/runtime/config_file.h"
#include "infra/runtime/config_spelling.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/log.h"
#include "infra/runtime/time.h"

namespace flashpoll::runtime {
namespace {

constexpr std::string_view kMask = "***";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool is_integer(const std::string& text, std::int64_t& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end && std::to_string(value) == text;
}

// Empty when `text` is a value of the setting, else what is expected.
std::string expected(const Setting& setting, const std::string& text) {
  const auto parts = split(text, ',');
  std::int64_t number = 0;
  bool good = true;
  std::string what;
  switch (setting.type) {
    case SettingType::text: {
      const auto allowed = split(setting.one_of, '|');
      good = allowed.empty() || std::ranges::find(allowed, text) != allowed.end();
      what = fmt::format("one of {}", fmt::join(allowed, ", "));
      break;
    }
    case SettingType::integer:
      good = is_integer(text, number) && number >= setting.min && number <= setting.max;
      what = fmt::format("an integer from {} to {}", setting.min, setting.max);
      break;
    case SettingType::boolean:
      good = text == "true" || text == "false";
      what = "true or false";
      break;
    case SettingType::duration:
      number = parse_duration(text).value_or(-1);
      good = number >= 0 && number >= setting.min && number <= setting.max;
      what = fmt::format("a duration from {} to {}, such as 500ms, 10s or 5m,",
                         format_duration(setting.min), format_duration(setting.max));
      break;
    case SettingType::list:
      good = std::ranges::find(parts, "") == parts.end() && !text.ends_with(',');
      what = "texts separated by single commas";
      break;
    case SettingType::properties:
      break;
  }
  return good ? std::string() : what;
}

bool is_secret_property(std::string_view name, const Setting& setting) {
  return setting.is_secret != nullptr && setting.is_secret(name.substr(setting.name.size() + 1));
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

Texts read_environment() {
  Texts variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Config Config::load(std::span<const Setting> table, const ConfigSources& sources,
                    std::span<const std::string_view> other_variables) {
  Config config;
  for (const Setting& setting : table) {
    if (setting.type == SettingType::properties) continue;
    config.values_.push_back({&setting, std::string(setting.fallback), "default"});
  }
  if (sources.file) {
    for (const auto& [name, value] : read_config_file(*sources.file)) {
      config.set(table, name, name_of, value.text, value.origin);
    }
  }
  for (const auto& [name, text] : sources.environment) {
    const bool others = std::ranges::find(other_variables, name) != other_variables.end();
    if (!name.starts_with(kEnvironmentPrefix) || others) continue;
    config.set(table, name, environment_of, text, "environment " + name);
  }
  for (const auto& [name, text] : sources.flags) {
    const auto found = std::ranges::find_if(table, [&flag = name](const Setting& setting) {
      return flag == setting.name ||
             (setting.type == SettingType::properties && flag.starts_with(name_of(setting) + "."));
    });
    config.set(table, name, name_of, text,
               "flag " + (found == table.end() ? name : flag_of(*found)));
  }
  config.check();
  return config;
}

void Config::set(std::span<const Setting> table, std::string_view name,
                 std::string (*spelling)(const Setting&), const std::string& text,
                 const std::string& origin) {
  const auto found = std::ranges::find(
      values_, name, [&](const Value& value) { return spelling(*value.setting); });
  if (found != values_.end()) {
    found->text = text;
    found->origin = origin;
  } else if (!set_property(table, name, spelling, {nullptr, text, origin})) {
    refuse_unknown(table, name, origin, spelling);
  }
}

bool Config::set_property(std::span<const Setting> table, std::string_view name,
                          std::string (*spelling)(const Setting&), const Value& value) {
  for (const Setting& setting : table) {
    if (setting.type != SettingType::properties) continue;
    const std::string above = spelling(setting);
    if (!name.starts_with(above) || name.size() < above.size() + 2) continue;
    std::string below(name.substr(above.size() + 1));
    if (name[above.size()] == '_') {  // a variable
      for (char& c : below) c = c == '_' ? '.' : static_cast<char>(std::tolower(c));
    } else if (name[above.size()] != '.') {
      continue;
    }
    properties_[name_of(setting) + "." + below] = {&setting, value.text, value.origin};
    return true;
  }
  return false;
}

void Config::check() const {
  for (const Value& value : values_) {
    const Setting& setting = *value.setting;
    if (setting.kind == SettingKind::secret) refuse_flag(setting.name, environment_of(setting));
    const std::string wanted = expected(setting, value.text);
    if (wanted.empty()) continue;
    const bool open = setting.kind == SettingKind::plain;
    const std::string given = open ? quoted(value.text) : std::string(kMask);
    refuse(setting.name, fmt::format("{} is expected, not {}", wanted, given));
  }
  for (const auto& [name, value] : properties_) {
    if (!is_secret_property(name, *value.setting)) continue;
    std::string below = name.substr(value.setting->name.size());
    for (char& c : below) c = c == '.' ? '_' : static_cast<char>(std::toupper(c));
    refuse_flag(name, environment_of(*value.setting) + below);
  }
}

void Config::refuse_flag(std::string_view name, const std::string& variable) const {
  if (!origin(name).starts_with("flag ")) return;
  refuse(name, fmt::format("a secret is no argument, others could read it; set {}", variable));
}

const Config::Value& Config::find(std::string_view name) const {
  if (const auto property = properties_.find(name); property != properties_.end()) {
    return property->second;
  }
  const auto found =
      std::ranges::find(values_, name, [](const Value& v) { return v.setting->name; });
  FP_CHECK(found != values_.end(), "only settings of the table are asked for");
  return *found;
}

const std::string& Config::typed(std::string_view name, SettingType type) const {
  const Value& value = find(name);
  FP_CHECK(value.setting->type == type, "a setting is asked for as what it is");
  return value.text;
}

const std::string& Config::text(std::string_view name) const {
  return typed(name, SettingType::text);
}

std::int64_t Config::integer(std::string_view name) const {
  return std::stoll(typed(name, SettingType::integer));
}

bool Config::boolean(std::string_view name) const {
  return typed(name, SettingType::boolean) == "true";
}

std::int64_t Config::duration_ms(std::string_view name) const {
  return *parse_duration(typed(name, SettingType::duration));
}

std::vector<std::string> Config::list(std::string_view name) const {
  return split(typed(name, SettingType::list), ',');
}

Texts Config::properties(std::string_view name) const {
  Texts below;
  for (const auto& [property, value] : properties_) {
    if (value.setting->name == name) below.emplace(property.substr(name.size() + 1), value.text);
  }
  return below;
}

const std::string& Config::origin(std::string_view name) const { return find(name).origin; }

void Config::refuse(std::string_view name, const std::string& why) const {
  throw Misconfigured(fmt::format("{} ({}): {}", name, origin(name), why));
}

std::vector<Config::Shown> Config::shown() const {
  std::vector<Shown> rows;
  for (const Value& value : values_) {
    std::string text = value.text;
    if (value.setting->kind == SettingKind::url) text = mask_password(text);
    if (value.setting->kind == SettingKind::secret && !text.empty()) text = kMask;
    rows.push_back({name_of(*value.setting), std::move(text), value.origin});
  }
  for (const auto& [name, value] : properties_) {
    const bool hide = is_secret_property(name, *value.setting);
    rows.push_back({name, hide ? std::string(kMask) : value.text, value.origin});
  }
  return rows;
}

std::string Config::show() const {
  std::string out;
  for (const Shown& row : shown()) {
    const SettingType type = find(row.name).setting->type;
    const bool bare = type == SettingType::integer || type == SettingType::boolean;
    out +=
        fmt::format("{} = {}  # {}\n", row.name, bare ? row.value : quoted(row.value), row.origin);
  }
  return out;
}

}  // namespace flashpoll::runtime
