#include "command/bodies.h"

#include <algorithm>

#include "command/parse_object.h"
#include "infra/runtime/time.h"

namespace flashpoll::command {

namespace {

using events::Refusal;

constexpr std::int64_t kMaxCodesPerCall = 10'000;
constexpr std::int64_t kMaxCodes = 1'000'000;
constexpr std::size_t kMaxVoterBytes = 256;

/// A body of a kind that comes very often.
template <class T, class Take>
Parsed<T> parse_often(std::string_view body, Take take) {
  if (auto plain = parse_plain<T>(body, take)) return std::move(*plain);
  return parse_object<T>(body, take);
}

/// What every ballot has, whoever brings it.
template <class Reader>
VoteBody take_ballot(Reader& reader) {
  VoteBody vote;
  if (const auto numbers = reader.required_integers("choices")) vote.choices = to_choices(*numbers);
  if (const auto text = reader.string("vote_id")) {
    vote.vote_id = events::Uuid::parse_any_case(*text);
    if (!vote.vote_id) reader.fail("vote_id", "must be a UUID of 36 characters");
  }
  if (const auto seq = reader.integer("replaces")) {
    vote.replaces = events::Seq(static_cast<std::uint64_t>(*seq));
  }
  if (const auto voter = reader.string("voter")) vote.voter = *voter;
  if (vote.voter && (vote.voter->empty() || vote.voter->size() > kMaxVoterBytes)) {
    reader.fail("voter", "must have 1 to 256 bytes");
  }
  return vote;
}

}  // namespace

Rejection bad_json(const json::ParseError& error) {
  const std::string offset = std::to_string(error.byte_offset);
  return {
      Refusal::bad_json, "At byte " + offset + ": " + error.what + ".", {}, {{"offset", offset}}};
}

events::Choices to_choices(std::span<const std::int64_t> numbers) {
  // 256 entries of 255 possible values repeat one, so a longer list is as invalid as its beginning.
  const std::size_t size = std::min(numbers.size(), events::kMaxChoices + 1);
  events::Choices choices;
  for (std::size_t i = 0; i < size; ++i) {
    choices.push_back(static_cast<std::uint8_t>(std::min<std::int64_t>(numbers[i], 255)));
  }
  return choices;
}

Parsed<VoteBody> parse_vote(std::string_view body) {
  return parse_often<VoteBody>(body, [](auto& reader) {
    VoteBody vote = take_ballot(reader);
    if (const auto code = reader.string("code")) vote.code = *code;
    return vote;
  });
}

Parsed<VoteLine> parse_vote_line(std::string_view line) {
  std::optional<PollId> poll;
  auto parsed = parse_often<VoteLine>(line, [&poll](auto& reader) {
    if (const auto text = reader.required_string("poll")) poll = PollId::parse(*text);
    return VoteLine{poll.value_or(PollId()), take_ballot(reader)};
  });
  if (!poll && std::holds_alternative<VoteLine>(parsed)) return Rejection{Refusal::no_such_poll};
  return parsed;
}

Parsed<ExtendBody> parse_extend(std::string_view body) {
  return parse_object<ExtendBody>(body, [](json::ObjectReader& reader) {
    ExtendBody extend;
    if (const auto text = reader.string("closes_at")) {
      extend.closes_at = runtime::parse_time(*text);
      if (!extend.closes_at) reader.fail("closes_at", "must be a time as 2026-11-20T12:00:00Z");
    }
    const auto seconds = reader.integer("by", 1, 31'536'000);
    if (seconds) extend.by_ms = *seconds * 1000;
    if (reader.errors().empty() && extend.closes_at.has_value() == seconds.has_value()) {
      reader.fail("closes_at", "give either closes_at or by");
    }
    return extend;
  });
}

Parsed<CodesBody> parse_codes(std::string_view body) {
  return parse_object<CodesBody>(body, [](json::ObjectReader& reader) {
    CodesBody codes;
    codes.count = static_cast<std::uint32_t>(
        reader.required_integer("count", 1, kMaxCodesPerCall).value_or(0));
    if (const auto first = reader.integer("first", 0, kMaxCodes - 1)) {
      codes.first = static_cast<std::uint32_t>(*first);
    }
    return codes;
  });
}

std::optional<Rejection> check_empty(std::string_view body) {
  if (body.empty()) return std::nullopt;
  const auto parsed = parse_object<bool>(body, [](json::ObjectReader&) { return true; });
  if (const auto* rejection = std::get_if<Rejection>(&parsed)) return *rejection;
  return std::nullopt;
}

}  // namespace flashpoll::command
