#include "infra/runtime/config_spelling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>
#include <vector>

#include "infra/runtime/fault.h"

namespace flashpoll::runtime {
namespace {

// Levenshtein's distance: how many characters to insert, remove or exchange.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t exchanged = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({exchanged, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string name_of(const Setting& setting) { return std::string(setting.name); }

std::string flag_of(const Setting& setting) {
  std::string flag = "--" + name_of(setting);
  std::ranges::replace_if(flag, [](char c) { return c == '_' || c == '.'; }, '-');
  return flag;
}

std::string environment_of(const Setting& setting) {
  std::string name = std::string(kEnvironmentPrefix) + name_of(setting);
  for (char& c : name) c = c == '.' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

void refuse_unknown(std::span<const Setting> table, std::string_view unknown,
                    std::string_view where, Spelling spelling) {
  std::string nearest;
  for (const Setting& setting : table) {
    const std::string name = spelling(setting);
    if (nearest.empty() || distance(unknown, name) < distance(unknown, nearest)) nearest = name;
  }
  throw Misconfigured(
      fmt::format("{} ({}): no such setting; did you mean {}?", unknown, where, nearest));
}

}  // namespace flashpoll::runtime
