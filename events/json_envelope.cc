#include "events/json_envelope.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "events/utf8.h"

namespace flashpoll::events {

namespace {

enum class Value { none, string, other };

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      put(0xE0 | point >> 12);
    } else {
      put(0xF0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3F));
    }
    put(0x80 | (point >> 6 & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

/// Walks the text once, without recursion: open containers stand on a stack of bounded height.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<Envelope> read() {
    space();
    if (rest_.empty() || rest_.front() != '{' || value() == Value::none) return std::nullopt;
    while (!open_.empty()) {
      if (!step()) return std::nullopt;
    }
    space();
    if (!rest_.empty()) return std::nullopt;
    return std::move(envelope_);
  }

 private:
  struct Container {
    bool is_object = false;
    std::size_t items = 0;
    std::vector<std::string> keys;
  };

  /// The next item of the innermost container, or its end.
  bool step() {
    Container& inner = open_.back();
    space();
    if (take(inner.is_object ? '}' : ']')) return close();
    if (inner.items > 0 && !take(',')) return false;
    const std::size_t index = inner.items++;
    if (inner.is_object && !key(inner)) return false;
    const bool in_envelope = open_.size() == 1 && index < 2;
    const Value kind = value();
    if (kind == Value::string && in_envelope) note(index);
    return kind != Value::none;
  }

  bool key(Container& object) {
    space();
    if (!string(object.keys.emplace_back())) return false;
    space();
    return take(':');
  }

  void note(std::size_t index) {
    const std::string& key = open_.front().keys[index];
    if (index == 0 && key == "type") envelope_.type = text_;
    if (index == 1 && key == "poll") envelope_.poll = text_;
  }

  bool close() {
    std::vector<std::string>& keys = open_.back().keys;
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) return false;
    open_.pop_back();
    return true;
  }

  Value value() {
    space();
    if (rest_.empty()) return Value::none;
    switch (rest_.front()) {
      case '{':
      case '[':
        return open() ? Value::other : Value::none;
      case '"':
        return string(text_) ? Value::string : Value::none;
      default:
        return take("true") || take("false") || take("null") || number() ? Value::other
                                                                         : Value::none;
    }
  }

  bool open() {
    if (open_.size() == kMaxDepth) return false;
    open_.push_back({.is_object = rest_.front() == '{', .items = 0, .keys = {}});
    rest_.remove_prefix(1);
    return true;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('+')) take('-');
    return digits();
  }

  bool digits() {
    const auto end =
        std::find_if(rest_.begin(), rest_.end(), [](char c) { return c < '0' || c > '9'; });
    const auto count = static_cast<std::size_t>(end - rest_.begin());
    rest_.remove_prefix(count);
    return count > 0;
  }

  bool string(std::string& out) {
    out.clear();
    if (!take('"')) return false;
    while (!rest_.empty()) {
      if (take('"')) return true;
      if (take('\\')) {
        if (!escape(out)) return false;
        continue;
      }
      const std::size_t length = utf8_length(rest_);
      if (length == 0 || static_cast<unsigned char>(rest_.front()) < 0x20) return false;
      out.append(rest_.substr(0, length));
      rest_.remove_prefix(length);
    }
    return false;
  }

  bool escape(std::string& out) {
    if (rest_.empty()) return false;
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char letter = rest_.front();
    rest_.remove_prefix(1);
    if (letter == 'u') return unicode_escape(out);
    const std::size_t which = kLetters.find(letter);
    if (which == std::string_view::npos) return false;
    out += kMeanings[which];
    return true;
  }

  bool unicode_escape(std::string& out) {
    std::uint32_t point = 0;
    if (!four_digits(point)) return false;
    if (point >= 0xD800 && point <= 0xDFFF) {
      std::uint32_t low = 0;
      if (point >= 0xDC00 || !take("\\u") || !four_digits(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return false;
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, point);
    return true;
  }

  bool four_digits(std::uint32_t& point) {
    if (rest_.size() < 4) return false;
    for (const char c : rest_.substr(0, 4)) {
      constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
      const std::size_t value = kDigits.find(c);
      if (value == std::string_view::npos) return false;
      point = point << 4 | static_cast<std::uint32_t>(value < 16 ? value : value - 6);
    }
    rest_.remove_prefix(4);
    return true;
  }

  void space() {
    const std::size_t begin = rest_.find_first_not_of(" \t\n\r");
    rest_.remove_prefix(std::min(begin, rest_.size()));
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  std::string_view rest_;
  std::vector<Container> open_;
  std::string text_;
  Envelope envelope_;
};

}  // namespace

std::optional<Envelope> read_envelope(std::string_view text) {
  if (text.size() > kMaxEventBytes) return std::nullopt;
  return Reader(text).read();
}

}  // namespace flashpoll::events
