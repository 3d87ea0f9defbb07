#include <array>
#include <charconv>
#include <cstdint>

#include "events/canonical_text.h"
#include "events/codec.h"

namespace flashpoll::events {

namespace {

/// Of a ballot with a few choices, by far the most frequent event.
constexpr std::size_t kUsualBytes = 190;

/// The name of a member with what stands around it.
class Key {
 public:
  consteval Key(const char* name) {  // NOLINT(google-explicit-constructor): where a literal stands
    add(",\"");
    add(name);
    add("\":");
  }
  [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

 private:
  constexpr void add(std::string_view part) {
    for (const char c : part) text_[size_++] = c;
  }

  std::array<char, 16> text_{};
  std::size_t size_ = 0;
};

/// Appends members in the order they are called.
class Writer {
 public:
  Writer(std::string& out, std::string_view type, PollId poll) : out_(out) {
    out_ += R"({"type":")";
    out_ += type;
    out_ += '"';
    id("poll", poll);
  }

  template <typename Id>
  void id(const Key& key, const Id& value) {
    out_ += key.text();
    out_ += '"';
    value.append_to(out_);
    out_ += '"';
  }

  template <std::size_t N>
  void bytes(const Key& key, const std::array<std::uint8_t, N>& value) {
    out_ += key.text();
    out_ += '"';
    append_base64url(out_, value.data(), N);
    out_ += '"';
  }

  void text(const Key& key, std::string_view value) {
    out_ += key.text();
    append_text(value);
  }

  void number(const Key& key, std::uint64_t value) {
    out_ += key.text();
    append_number(value);
  }

  void boolean(const Key& key, bool value) {
    out_ += key.text();
    out_ += value ? "true" : "false";
  }

  void list(const Key& key, const Choices& items) {
    append_list(key, items, [this](std::uint8_t item) { append_number(item); });
  }
  void list(const Key& key, const std::vector<std::string>& items) {
    append_list(key, items, [this](std::string_view item) { append_text(item); });
  }

  void end() { out_ += '}'; }

 private:
  template <typename Items, typename AppendItem>
  void append_list(const Key& key, const Items& items, AppendItem append_item) {
    out_ += key.text();
    out_ += '[';
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ',';
      first = false;
      append_item(item);
    }
    out_ += ']';
  }

  void append_number(std::uint64_t value) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_.append(digits, end);
  }

  void append_text(std::string_view value) {
    out_ += '"';
    for (const char c : value) {
      const std::string_view escape = escape_of(c);
      if (escape.empty()) {
        out_ += c;
      } else {
        out_ += escape;
      }
    }
    out_ += '"';
  }

  std::string& out_;
};

void write_fields(Writer& out, const PollOpened& poll) {
  out.id("id", poll.id);
  out.text("question", poll.question);
  out.list("choices", poll.choices);
  out.number("min", poll.min);
  out.number("max", poll.max);
  out.text("method", name(poll.method));
  out.text("results", name(poll.results));
  out.text("eligibility", name(poll.eligibility));
  out.boolean("allow_change", poll.allow_change);
  out.number("opens_at", static_cast<std::uint64_t>(poll.opens_at));
  out.number("closes_at", static_cast<std::uint64_t>(poll.closes_at));
  out.bytes("manage", poll.manage);
  out.bytes("key", poll.key);
}

void write_fields(Writer& out, const VoteCast& vote) {
  out.id("voter", vote.voter);
  out.id("vote_id", vote.vote_id);
  out.list("choices", vote.choices);
  if (vote.replaces) out.number("replaces", vote.replaces->value);
}

void write_fields(Writer& out, const VoteRetracted& retraction) {
  out.id("voter", retraction.voter);
  out.id("vote_id", retraction.vote_id);
  out.number("replaces", retraction.replaces.value);
}

void write_fields(Writer& out, const CodesIssued& codes) {
  out.id("id", codes.id);
  out.number("first", codes.first);
  out.number("count", codes.count);
}

void write_fields(Writer& out, const PollExtended& extension) {
  out.id("id", extension.id);
  out.number("closes_at", static_cast<std::uint64_t>(extension.closes_at));
}

void write_fields(Writer& out, const PollClosed& closing) {
  out.id("id", closing.id);
  out.text("by", name(closing.by));
}

void write_fields(Writer& out, const PollHidden& hiding) { out.id("id", hiding.id); }

}  // namespace

void append_encoded(std::string& out, const Event& event) {
  Writer writer(out, type_name(event), poll_of(event));
  std::visit([&](const auto& fields) { write_fields(writer, fields); }, event);
  writer.end();
}

std::string encode(const Event& event) {
  std::string out;
  out.reserve(kUsualBytes);
  append_encoded(out, event);
  return out;
}

std::string entry_line(TimeMs at, std::string_view canonical_bytes) {
  std::string line = std::to_string(at);
  line += ' ';
  line += canonical_bytes;
  return line;
}

}  // namespace flashpoll::events
