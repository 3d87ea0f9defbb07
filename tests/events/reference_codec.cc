#include "tests/events/reference_codec.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <limits>

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

/// Members in the order of the text.
class Members {
 public:
  explicit Members(const rapidjson::Value& object)
      : next_(object.MemberBegin()), end_(object.MemberEnd()) {}

  bool has(std::string_view name) const { return next_ != end_ && text_of(next_->name) == name; }
  bool at_end() const { return next_ == end_; }

  const rapidjson::Value& take(std::string_view name) {
    require(has(name));
    return (next_++)->value;
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

  static std::string_view text_of(const rapidjson::Value& value) {
    require(value.IsString());
    const std::string_view text(value.GetString(), value.GetStringLength());
    require(text.find('\0') == std::string_view::npos);
    return text;
  }
  static std::uint64_t number_of(const rapidjson::Value& value, std::uint64_t max) {
    require(value.IsUint64() && value.GetUint64() <= max);
    return value.GetUint64();
  }

 private:
  rapidjson::Value::ConstMemberIterator next_;
  rapidjson::Value::ConstMemberIterator end_;
};

template <std::size_t N>
void bytes(Members& in, std::string_view name, std::array<std::uint8_t, N>& out) {
  require(parse_base64url(in.text(name), out.data(), N));
}

void fields(Members& in, PollOpened& event) {
  event.id = required(Uuid::parse(in.text("id")));
  event.question = in.text("question");
  const rapidjson::Value& choices = in.take("choices");
  require(choices.IsArray() && choices.Size() <= 255);
  for (const auto& choice : choices.GetArray()) {
    event.choices.emplace_back(Members::text_of(choice));
  }
  in.number("min", event.min);
  in.number("max", event.max);
  event.method = required(parse_method(in.text("method")));
  event.results = required(parse_results(in.text("results")));
  event.eligibility = required(parse_eligibility(in.text("eligibility")));
  const rapidjson::Value& change = in.take("allow_change");
  require(change.IsBool());
  event.allow_change = change.GetBool();
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
  const rapidjson::Value& choices = in.take("choices");
  require(choices.IsArray() && choices.Size() <= 255);
  for (const auto& choice : choices.GetArray()) {
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
  rapidjson::Document document;
  document.Parse<kFlags>(bytes.data(), bytes.size());
  if (document.HasParseError() || !document.IsObject()) return std::nullopt;
  try {
    Event event = read(Members(document));
    if (encode(event) != bytes) return std::nullopt;
    return event;
  } catch (const Off&) {
    return std::nullopt;
  }
}

}  // namespace flashpoll::events::testing
