#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "infra/runtime/clock.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::runtime {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// One member of a log line.
struct LogField {
  std::string_view key;
  std::variant<std::int64_t, double, bool, std::string_view> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  template <typename Integer>
    requires std::is_integral_v<Integer>
  LogField(std::string_view k, Integer v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

using LogFields = std::initializer_list<LogField>;

/// Writes JSON lines: `{"time":"…","level":"info","component":"ledger","message":"…",…}`.
/// Each line is one write of at most 4096 bytes, so lines of several processes never mix; longer
/// text is cut. The message is a constant, what varies goes into fields: of one message, at most
/// `kBurst` lines are written in `kWindowMs`, the next one then says how many were `suppressed`.
/// Never log a credential, a cookie or an address of a voter; as a second line of defence the value
/// of a key that sounds like one (token, secret, password, cookie, code, authorization) is masked.
/// Any thread. A write waits for a slow reader: let stderr be a file or a journal.
class Log {
 public:
  static constexpr int kBurst = 20;
  static constexpr std::int64_t kWindowMs = 10'000;

  /// `descriptor` is not owned.
  explicit Log(const Clock& clock, LogLevel least = LogLevel::info, int descriptor = 2)
      : clock_(clock), least_(least), descriptor_(descriptor) {}

  void debug(std::string_view component, std::string_view message, LogFields fields = {});
  void info(std::string_view component, std::string_view message, LogFields fields = {});
  void warning(std::string_view component, std::string_view message, LogFields fields = {});
  void error(std::string_view component, std::string_view message, LogFields fields = {});

 private:
  struct Window {
    std::int64_t began_ms = 0;
    int lines = 0;
  };

  void write(LogLevel level, std::string_view component, std::string_view message,
             LogFields fields);
  /// Lines left out since the last one of this message, or -1 when this one is left out too.
  int admit(std::string_view component, std::string_view message) FP_EXCLUDES(mutex_);

  const Clock& clock_;
  const LogLevel least_;
  const int descriptor_;
  Mutex mutex_;
  std::map<std::string, Window, std::less<>> windows_ FP_GUARDED_BY(mutex_);
};

/// `debug`, `info`, `warning`, `error`. Throws Misconfigured.
[[nodiscard]] LogLevel parse_log_level(std::string_view name);

/// The URL with its password, if any, replaced by ***. For logs and `config show`.
[[nodiscard]] std::string mask_password(std::string_view url);

}  // namespace flashpoll::runtime
