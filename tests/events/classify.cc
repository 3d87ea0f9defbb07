#include <cstdio>
#include <iostream>
#include <string>

#include "events/codec.h"

using namespace flashpoll::events;

namespace {

std::string_view answer(const Decoded& decoded) {
  if (std::holds_alternative<Event>(decoded)) return "event";
  if (std::holds_alternative<Unknown>(decoded)) return "unknown";
  return name(std::get<Stray>(decoded).cause);
}

}  // namespace

/// events_classify: reads lines `KEY VALUE`, the value in base64url, and says of each record what
/// the decoder makes of it: `event`, `unknown`, or the cause of a stray.
int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) return 2;
    const std::string_view encoded = std::string_view(line).substr(space + 1);
    std::string value(encoded.size() * 6 / 8, '\0');
    if (!parse_base64url(encoded, reinterpret_cast<std::uint8_t*>(value.data()), value.size())) {
      return 2;
    }
    const std::string_view key = std::string_view(line).substr(0, space);
    std::cout << answer(decode({.partition = 0, .key = key, .value = value}, 1)) << '\n';
  }
  return 0;
}
