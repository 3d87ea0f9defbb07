#include "events/slug.h"

#include <array>

namespace flashpoll::events {

namespace {

constexpr std::size_t kMaxSlug = 60;
constexpr std::size_t kIdSize = 12;

/// U+00C0 … U+00FF without their accents; empty where there is no letter.
constexpr std::array<std::string_view, 64> kLatin1 = {
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",
    "d", "n", "o", "o", "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "ss",
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",
    "d", "n", "o", "o", "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "y"};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// What stands for the character at `text[at]`, whose length goes to `size`; empty: a separator.
std::string_view spelling(std::string_view text, std::size_t at, std::size_t& size) {
  static constexpr std::string_view kPlain =
      "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const auto byte = static_cast<unsigned char>(text[at]);
  size = 1;
  if (byte == 0xC3 && at + 1 < text.size()) {
    size = 2;
    return kLatin1[static_cast<unsigned char>(text[at + 1]) & 0x3F];
  }
  const std::size_t found = kPlain.find(text[at]);
  return found == std::string_view::npos ? "" : kPlain.substr(found % 36, 1);
}

std::string cut(std::string slug) {
  if (slug.size() <= kMaxSlug) return slug;
  const std::size_t hyphen = slug.rfind('-', kMaxSlug);
  slug.resize(hyphen == std::string::npos ? kMaxSlug : hyphen);
  return slug;
}

}  // namespace

std::string slug(std::string_view question) {
  std::string out;
  bool separated = false;
  for (std::size_t at = 0, size = 0; at < question.size() && out.size() <= kMaxSlug; at += size) {
    const std::string_view letters = spelling(question, at, size);
    if (!letters.empty() && separated && !out.empty()) out.push_back('-');
    separated = letters.empty();
    out += letters;
  }
  return cut(std::move(out));
}

std::string page_name(std::string_view question, PollId poll) {
  std::string name = slug(question);
  if (!name.empty()) name.push_back('-');
  poll.append_to(name);
  return name;
}

std::optional<PollId> parse_page_name(std::string_view name) {
  if (name.size() < kIdSize) return std::nullopt;
  const std::string_view before = name.substr(0, name.size() - kIdSize);
  if (!before.empty() && before.back() != '-') return std::nullopt;
  std::string id;
  for (const char c : name.substr(before.size())) {
    const char letter = upper(c);
    id.push_back(letter == 'I' || letter == 'L' ? '1' : letter == 'O' ? '0' : letter);
  }
  return PollId::parse(id);
}

}  // namespace flashpoll::events
