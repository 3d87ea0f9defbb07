#include "infra/runtime/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cmath>

#include "infra/runtime/fault.h"
#include "infra/runtime/time.h"

namespace flashpoll::runtime {
namespace {

constexpr std::size_t kLineBytes = 4096;  // PIPE_BUF: the most that a pipe takes in one piece
constexpr std::size_t kTextBytes = 1024;  // of one value
constexpr std::size_t kWindows = 512;     // messages whose rate is watched
constexpr std::string_view kCut = "…";
constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 6> kCredentials = {"token",  "secret",        "password",
                                                          "cookie", "authorization", "credential"};

bool sounds_like_credential(std::string_view key) {
  if (key.ends_with('s')) key.remove_suffix(1);
  return key == "code" || std::ranges::any_of(kCredentials, [&](std::string_view word) {
           return key.ends_with(word);
         });
}

// Bytes of the UTF-8 sequence that `text` begins with; 0 when it begins with none. Overlong forms
// and surrogates are not looked for: a log reader copes with them.
std::size_t sequence_size(std::string_view text) {
  const int ones = std::countl_one(static_cast<unsigned char>(text.front()));
  if (ones == 0) return 1;
  const auto size = static_cast<std::size_t>(ones);
  if (size < 2 || size > 4 || size > text.size()) return 0;
  const bool continued = std::ranges::all_of(text.substr(1, size - 1), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
  });
  return continued ? size : 0;
}

// At most `size` bytes, not ending within a UTF-8 sequence.
std::string_view cut(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80) --size;
  return text.substr(0, size);
}

void append_text(std::string& line, std::string_view text) {
  line += '"';
  std::string_view rest = cut(text, kTextBytes);
  while (!rest.empty()) {
    const auto c = static_cast<unsigned char>(rest.front());
    const std::size_t size = sequence_size(rest);
    if (size == 0 || c < 0x20 || c == 0x7f) {
      fmt::format_to(std::back_inserter(line), "\\u{:04x}", c);
    } else {
      if (c == '"' || c == '\\') line += '\\';
      line += rest.substr(0, size);
    }
    rest.remove_prefix(std::max<std::size_t>(size, 1));
  }
  if (text.size() > kTextBytes) line += kCut;
  line += '"';
}

void append_member(std::string& line, const LogField& field) {
  line += ',';
  append_text(line, field.key);
  line += ':';
  if (sounds_like_credential(field.key)) {
    line += "\"***\"";
  } else if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    append_text(line, *text);
  } else if (const auto* flag = std::get_if<bool>(&field.value)) {
    line += *flag ? "true" : "false";
  } else if (const auto* number = std::get_if<double>(&field.value)) {
    line += std::isfinite(*number) ? fmt::format("{:.6g}", *number) : "null";
  } else {
    fmt::format_to(std::back_inserter(line), "{}", std::get<std::int64_t>(field.value));
  }
}

}  // namespace

void Log::debug(std::string_view component, std::string_view message, LogFields fields) {
  write(LogLevel::debug, component, message, fields);
}
void Log::info(std::string_view component, std::string_view message, LogFields fields) {
  write(LogLevel::info, component, message, fields);
}
void Log::warning(std::string_view component, std::string_view message, LogFields fields) {
  write(LogLevel::warning, component, message, fields);
}
void Log::error(std::string_view component, std::string_view message, LogFields fields) {
  write(LogLevel::error, component, message, fields);
}

void Log::write(LogLevel level, std::string_view component, std::string_view message,
                LogFields fields) {
  if (level < least_) return;
  const int suppressed = admit(component, message);
  if (suppressed < 0) return;
  const std::int64_t now_ms = std::clamp<std::int64_t>(clock_.wall_ms(), 0, kLastTimeMs);
  std::string line = fmt::format(R"({{"time":"{}","level":"{}")", format_time(now_ms),
                                 kLevels[static_cast<std::size_t>(level)]);
  append_member(line, {"component", component});
  append_member(line, {"message", message});
  bool whole = true;
  for (const LogField& field : fields) {
    const std::size_t before = line.size();
    append_member(line, field);
    if (line.size() + 64 <= kLineBytes) continue;
    line.resize(before);
    whole = false;
  }
  if (suppressed > 0) append_member(line, {"suppressed", suppressed});
  if (!whole) append_member(line, {"cut", true});
  line += "}\n";
  while (::write(descriptor_, line.data(), line.size()) < 0 && errno == EINTR) continue;
}

int Log::admit(std::string_view component, std::string_view message) {
  const std::int64_t now_ms = clock_.monotonic_ms();
  const MutexLock lock(mutex_);
  if (windows_.size() >= kWindows) windows_.clear();
  Window& window = windows_[fmt::format("{}\n{}", component, message)];
  if (window.lines == 0 || now_ms - window.began_ms >= kWindowMs) {
    const int suppressed = std::max(0, window.lines - kBurst);
    window = {now_ms, 1};
    return suppressed;
  }
  return ++window.lines <= kBurst ? 0 : -1;
}

LogLevel parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] == name) return static_cast<LogLevel>(i);
  }
  throw Misconfigured(fmt::format("no such log level: {}", name));
}

std::string mask_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t end = std::min(url.find('/', start), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  const std::size_t colon = url.find(':', start);
  std::string masked(url);
  if (at != std::string_view::npos && colon < at) masked.replace(colon + 1, at - colon - 1, "***");
  for (std::size_t key = masked.find("password="); key != std::string::npos;
       key = masked.find("password=", key + 1)) {
    const std::size_t value = key + std::string_view("password=").size();
    const std::size_t stop = std::min(masked.find_first_of("& ", value), masked.size());
    masked.replace(value, stop - value, "***");
  }
  return masked;
}

}  // namespace flashpoll::runtime
