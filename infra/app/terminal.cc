#include "infra/app/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "infra/json/json.h"

namespace flashpoll::app {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "…";

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

constexpr std::array<Range, 6> kUnsafe = {{{0x00, 0x1F},
                                           {0x7F, 0x9F},
                                           {0x200E, 0x200F},
                                           {0x2028, 0x202E},
                                           {0x2066, 0x2069},
                                           {0x61C, 0x61C}}};
constexpr std::array<Range, 8> kNarrow = {{{0x300, 0x36F},
                                           {0x483, 0x489},
                                           {0x591, 0x5BD},
                                           {0x64B, 0x65F},
                                           {0x1AB0, 0x1AFF},
                                           {0x200B, 0x200D},
                                           {0x20D0, 0x20FF},
                                           {0xFE00, 0xFE0F}}};
constexpr std::array<Range, 10> kWide = {{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0xA4CF},
                                          {0xA960, 0xA97C},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0x1F300, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, std::uint32_t point) {
  return std::ranges::any_of(
      ranges, [point](Range range) { return range.first <= point && point <= range.last; });
}

/// Bytes of the character at the start of `text`; 1 for what begins none.
std::size_t length_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  std::size_t length = 1;
  if (lead >= 0xC0) length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(length, text.size());
}

/// `character`: one of valid UTF-8.
std::uint32_t code_point(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return lead;
  std::uint32_t point = lead & (0x7FU >> character.size());
  for (const char c : character.substr(1)) {
    point = point << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  }
  return point;
}

int width_of(std::string_view character) {
  const std::uint32_t point = code_point(character);
  if (within(kNarrow, point)) return 0;
  return within(kWide, point) ? 2 : 1;
}

bool write_all(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    std::string_view character = text.substr(0, length_of(text));
    const bool valid = json::valid_utf8(character);
    if (!valid) character = character.substr(0, 1);
    safe += valid && !within(kUnsafe, code_point(character)) ? character : kReplacement;
    text.remove_prefix(character.size());
  }
  return safe;
}

int columns_of(std::string_view printable) {
  int columns = 0;
  for (std::size_t length = 0; !printable.empty(); printable.remove_prefix(length)) {
    length = length_of(printable);
    columns += width_of(printable.substr(0, length));
  }
  return columns;
}

std::string fit(std::string_view printable, int columns) {
  std::string fitted(printable);
  int used = columns_of(printable);
  if (used > columns) {
    fitted.clear();
    used = 0;
    for (std::size_t length = 0; !printable.empty(); printable.remove_prefix(length)) {
      length = length_of(printable);
      const std::string_view character = printable.substr(0, length);
      if (used + width_of(character) >= columns) break;
      used += width_of(character);
      fitted += character;
    }
    fitted += kEllipsis;
    ++used;
  }
  return fitted.append(static_cast<std::size_t>(std::max(0, columns - used)), ' ');
}

void print(std::string_view text) {
  if (!write_all(text)) throw std::runtime_error("stdout takes nothing more");
}

bool is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

int terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void Screen::draw(const std::vector<std::string>& lines) {
  const runtime::MutexLock lock(mutex_);
  std::string text;
  if (height_ > 0) text = "\x1b[" + std::to_string(height_) + "A\r";
  for (const std::string& line : lines) text += line + "\x1b[K\n";
  text += "\x1b[J";
  height_ = lines.size();
  print(text);
}

void Screen::end_process() {
  // Held to the end: no half-drawn picture stays behind.
  mutex_.lock();
  std::fflush(stdout);
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace flashpoll::app
