#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Settings from flags over environment over a TOML file over defaults. The concrete table lives in
/// `infra/app/settings.h`; here is what reads any such table.
namespace flashpoll::runtime {

enum class SettingType : std::uint8_t {
  text,
  integer,     ///< `0` or `[1-9][0-9]*`, within `min` … `max`; a leading `-` if `min` is below 0
  boolean,     ///< `true` or `false`
  duration,    ///< as in `time.h`, within `min` … `max` milliseconds
  list,        ///< texts without commas; comma-separated in flags and environment, an array in TOML
  properties,  ///< any names below this one, whose meaning somebody else knows
};

enum class SettingKind : std::uint8_t {
  plain,
  url,     ///< a password within is masked when shown
  secret,  ///< masked when shown, refused as a flag
};

/// One row of the table. The name `limits.per_minute` is the key `per_minute` in the file's table
/// `[limits]`, the variable `FLASHPOLL_LIMITS_PER_MINUTE` and the flag `--limits-per-minute`.
/// Properties `kafka` take `"a.b" = …` or `a.b = …` of the table `[kafka]`, the variable
/// `FLASHPOLL_KAFKA_A_B` (each _ is a dot) and the flag `--kafka a.b=…`.
struct Setting {
  std::string_view name;
  SettingType type = SettingType::text;
  std::string_view fallback;
  std::string_view help;
  SettingKind kind = SettingKind::plain;
  std::int64_t min = 0;
  std::int64_t max = INT64_MAX;
  std::string_view one_of = {};                   ///< allowed texts, separated by |; empty: any
  bool (*is_secret)(std::string_view) = nullptr;  ///< of properties: by the name below
};

[[nodiscard]] std::string flag_of(const Setting& setting);         ///< `--admin-port`
[[nodiscard]] std::string environment_of(const Setting& setting);  ///< `FLASHPOLL_ADMIN_PORT`

using Texts = std::map<std::string, std::string, std::less<>>;

/// Where values come from. Flags are keyed by the setting's name, properties by `kafka.a.b`.
struct ConfigSources {
  Texts flags = {};
  Texts environment = {};  ///< only names that begin with FLASHPOLL_ are looked at
  std::optional<std::string> file = {};
};

/// This process's environment.
[[nodiscard]] Texts read_environment();

/// Checked settings. Immutable, so any thread.
class Config {
 public:
  /// Throws Misconfigured, naming the setting, where it was set, and the nearest name when unknown.
  /// `table` must outlive the result. Variables listed in `other_variables` belong to somebody
  /// else.
  static Config load(std::span<const Setting> table, const ConfigSources& sources,
                     std::span<const std::string_view> other_variables = {});

  /// Asking for a name that is not in the table, or as another type, is a bug.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] std::int64_t duration_ms(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
  /// By the names below `name`.
  [[nodiscard]] Texts properties(std::string_view name) const;

  /// Of a setting or a property, `kafka.a.b`:
  /// `flag --port`, `environment FLASHPOLL_PORT`, `file /etc/flashpoll.toml`, or `default`.
  [[nodiscard]] const std::string& origin(std::string_view name) const;

  /// A fault that names the setting and where its value came from.
  [[noreturn]] void refuse(std::string_view name, const std::string& why) const;

  /// One line per setting, `name = value  # origin`, as TOML; secrets and passwords masked.
  [[nodiscard]] std::string show() const;

  struct Shown {
    std::string name;
    std::string value;  ///< masked
    std::string origin;
  };
  [[nodiscard]] std::vector<Shown> shown() const;

 private:
  struct Value {
    const Setting* setting = nullptr;
    std::string text;
    std::string origin;
  };

  void set(std::span<const Setting> table, std::string_view name,
           std::string (*spelling)(const Setting&), const std::string& text,
           const std::string& origin);
  /// False when `name` lies below no setting that takes properties.
  bool set_property(std::span<const Setting> table, std::string_view name,
                    std::string (*spelling)(const Setting&), const Value& value);
  void check() const;
  void refuse_flag(std::string_view name, const std::string& variable) const;
  [[nodiscard]] const Value& find(std::string_view name) const;
  [[nodiscard]] const std::string& typed(std::string_view name, SettingType type) const;

  std::vector<Value> values_;  // in the table's order; none for properties
  std::map<std::string, Value, std::less<>> properties_;
};

}  // namespace flashpoll::runtime
