#include "tests/events/reference_codec.h"

#include <rapidjson/reader.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "events/codec.h"

namespace flashpoll::events::testing {

namespace {

/// Thrown at the first thing that is not as it should be.
struct Off {};

void require(bool condition) {
  if (!condition) throw Off{};
}

template <typename T>
T required(const std::optional<T>& value) {
  require(value.has_value());
  return *value;
}

enum class Kind { other, boolean, number, text, list, object };

/// A value of the text. An object's items stand beside their names.
struct Tree {
  Kind kind = Kind::other;
  std::uint64_t number = 0;
  std::string text = {};
  std::vector<Tree> items = {};
  std::vector<std::string> names = {};
};

/// What the library tells, as a tree.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  Tree root;

  bool Default() { return add({}); }
  bool Bool(bool value) { return add({.kind = Kind::boolean, .number = value}); }
  bool Uint(unsigned value) { return Uint64(value); }
  bool Uint64(std::uint64_t value) { return add({.kind = Kind::number, .number = value}); }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return add({.kind = Kind::text, .text = {text, size}});
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    open_.back().names.emplace_back(text, size);
    return true;
  }
  bool StartArray() { return open(Kind::list); }
  bool StartObject() { return open(Kind::object); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  bool EndObject(rapidjson::SizeType) { return close(); }

 private:
  bool open(Kind kind) {
    open_.push_back({.kind = kind});
    return true;
  }
  bool close() {
    Tree done = std::move(open_.back());
    open_.pop_back();
    return add(std::move(done));
  }
  bool add(Tree value) {
    if (open_.empty()) {
      root = std::move(value);
    } else {
      open_.back().items.push_back(std::move(value));
    }
    return true;
  }
  std::vector<Tree> open_;
};

/// Members in the order of the text.
class Members {
 public:
  explicit Members(const Tree& object) : object_(object) {}

  bool has(std::string_view name) const { return !at_end() && object_.names[next_] == name; }
  bool at_end() const { return next_ == object_.items.size(); }

  const Tree& take(std::string_view name) {
    require(has(name));
    return object_.items[next_++];
  }
  const std::vector<Tree>& list(std::string_view name) {
    const Tree& value = take(name);
    require(value.kind == Kind::list && value.items.size() <= 255);
    return value.items;
  }
  std::string_view text(std::string_view name) { return text_of(take(name)); }
  std::uint64_t number(std::string_view name, std::uint64_t max) {
    return number_of(take(name), max);
  }
  template <typename Number>
  void number(std::string_view name, Number& out) {
    out = static_cast<Number>(
        number(name, static_cast<std::uint64_t>(std::numeric_limits<Number>::max())));
  }
  void time(std::string_view name, TimeMs& out) {
    out = static_cast<TimeMs>(number(name, std::uint64_t{kMaxTimeMs}));
  }
  Seq seq(std::string_view name) { return Seq(number(name, 9007199254740991)); }

  static std::string_view text_of(const Tree& value) {
    require(value.kind == Kind::text && value.text.find('\0') == std::string::npos);
    return value.text;
  }
  static std::uint64_t number_of(const Tree& value, std::uint64_t max) {
    require(value.kind == Kind::number && value.number <= max);
    return value.number;
  }

 private:
  const Tree& object_;
  std::size_t next_ = 0;
};

template <std::size_t N>
void bytes(Members& in, std::string_view name, std::array<std::uint8_t, N>& out) {
  require(parse_base64url(in.text(name), out.data(), N));
}

void fields(Members& in, PollOpened& event) {
  event.id = required(Uuid::parse(in.text("id")));
  event.question = in.text("question");
  for (const Tree& choice : in.list("choices")) {
    event.choices.emplace_back(Members::text_of(choice));
  }
  in.number("min", event.min);
  in.number("max", event.max);
  event.method = required(parse_method(in.text("method")));
  event.results = required(parse_results(in.text("results")));
  event.eligibility = required(parse_eligibility(in.text("eligibility")));
  const Tree& change = in.take("allow_change");
  require(change.kind == Kind::boolean);
  event.allow_change = change.number == 1;
  in.time("opens_at", event.opens_at);
  in.time("closes_at", event.closes_at);
  bytes(in, "manage", event.manage);
  bytes(in, "key", event.key);
  require(event.min >= 1 && event.min <= event.max && event.max <= event.choices.size());
  require(event.opens_at < event.closes_at);
}

void fields(Members& in, VoteCast& event) {
  event.voter = required(VoterTag::parse(in.text("voter")));
  event.vote_id = required(Uuid::parse(in.text("vote_id")));
  for (const Tree& choice : in.list("choices")) {
    event.choices.push_back(static_cast<std::uint8_t>(Members::number_of(choice, 254)));
  }
  if (in.has("replaces")) event.replaces = in.seq("replaces");
}

void fields(Members& in, VoteRetracted& event) {
  event.voter = required(VoterTag::parse(in.text("voter")));
  event.vote_id = required(Uuid::parse(in.text("vote_id")));
  event.replaces = in.seq("replaces");
}

void fields(Members& in, CodesIssued& event) {
  event.id = required(Uuid::parse(in.text("id")));
  in.number("first", event.first);
  in.number("count", event.count);
  require(event.count >= 1 && std::uint64_t{event.first} + event.count <= 1048576);
}

void fields(Members& in, PollExtended& event) {
  event.id = required(Uuid::parse(in.text("id")));
  in.time("closes_at", event.closes_at);
}

void fields(Members& in, PollClosed& event) {
  event.id = required(Uuid::parse(in.text("id")));
  const std::string_view by = in.text("by");
  require(by == "owner" || by == "deadline");
  event.by = by == "owner" ? ClosedBy::owner : ClosedBy::deadline;
}

void fields(Members& in, PollHidden& event) { event.id = required(Uuid::parse(in.text("id"))); }

template <typename Fields>
Event read(Members& in) {
  Fields event;
  event.poll = required(PollId::parse(in.text("poll")));
  fields(in, event);
  require(in.at_end());
  return event;
}

Event read(Members in) {
  const std::string_view type = in.text("type");
  if (type == "poll.opened.v1") return read<PollOpened>(in);
  if (type == "vote.cast.v1") return read<VoteCast>(in);
  if (type == "vote.retracted.v1") return read<VoteRetracted>(in);
  if (type == "codes.issued.v1") return read<CodesIssued>(in);
  if (type == "poll.extended.v1") return read<PollExtended>(in);
  if (type == "poll.closed.v1") return read<PollClosed>(in);
  if (type == "poll.hidden.v1") return read<PollHidden>(in);
  throw Off{};
}

}  // namespace

std::optional<Event> reference_decode(std::string_view bytes) {
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  rapidjson::Reader reader;
  rapidjson::MemoryStream stream(bytes.data(), bytes.size());
  Builder builder;
  if (reader.Parse<kFlags>(stream, builder).IsError() || builder.root.kind != Kind::object) {
    return std::nullopt;
  }
  try {
    Event event = read(Members(builder.root));
    if (encode(event) != bytes) return std::nullopt;
    return event;
  } catch (const Off&) {
    return std::nullopt;
  }
}

}  // namespace flashpoll::events::testing
