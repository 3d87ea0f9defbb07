#include "events/codec.h"

#include <algorithm>
#include <array>
#include <utility>

#include "events/codec_read.h"
#include "events/json_envelope.h"
#include "events/utf8.h"

namespace flashpoll::events {

namespace {

bool is_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0 || text.front() == '\0') return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_time(TimeMs time) { return time >= 0 && time <= kMaxTimeMs; }
bool is_seq(Seq seq) { return seq.value <= kMaxSeq; }

bool obeys(const PollOpened& poll) {
  return is_text(poll.question) && std::all_of(poll.choices.begin(), poll.choices.end(), is_text) &&
         poll.min >= 1 && poll.min <= poll.max && poll.max <= poll.choices.size() &&
         poll.choices.size() <= kMaxChoices && is_time(poll.opens_at) && is_time(poll.closes_at) &&
         poll.opens_at < poll.closes_at;
}

bool obeys(const VoteCast& vote) {
  return vote.choices.size() <= kMaxChoices &&
         std::all_of(vote.choices.begin(), vote.choices.end(),
                     [](std::uint8_t choice) { return choice < kMaxChoices; }) &&
         (!vote.replaces || is_seq(*vote.replaces));
}

bool obeys(const VoteRetracted& retraction) { return is_seq(retraction.replaces); }

bool obeys(const CodesIssued& codes) {
  return codes.count >= 1 && codes.first <= kMaxCodes && codes.count <= kMaxCodes - codes.first;
}

bool obeys(const PollExtended& extension) { return is_time(extension.closes_at); }
bool obeys(const PollClosed&) { return true; }
bool obeys(const PollHidden&) { return true; }

/// [a-z]+(\.[a-z]+)+\.v[1-9][0-9]*
bool is_type_name(std::string_view text) {
  const auto one_of = [](std::string_view part, char low, char high) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [&](char c) { return c >= low && c <= high; });
  };
  std::size_t words = 0;
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!one_of(text.substr(0, dot), 'a', 'z')) return false;
    ++words;
    text.remove_prefix(dot + 1);
  }
  return words >= 2 && text.starts_with('v') && one_of(text.substr(1), '0', '9') && text[1] != '0';
}

/// The poll id is the record's key, and the record lies where that key belongs.
bool stands_under(PollId poll, const RecordView& record, std::uint32_t partition_count) {
  return PollId::parse(record.key) == poll &&
         partition_of(record.key, partition_count) == record.partition;
}

/// What bytes are that are no event.
Decoded classify(const RecordView& record, std::uint32_t partition_count) {
  auto envelope = read_envelope(record.value);
  if (!envelope) return Stray{StrayCause::not_json};
  if (!envelope->type || !is_type_name(*envelope->type) || !envelope->poll) {
    return Stray{StrayCause::no_envelope};
  }
  const auto poll = PollId::parse(*envelope->poll);
  if (!poll) return Stray{StrayCause::no_envelope};
  if (!stands_under(*poll, record, partition_count)) return Stray{StrayCause::wrong_key};
  if (parse_type(*envelope->type)) return Stray{StrayCause::not_canonical};
  return Unknown{*poll, *std::move(envelope->type)};
}

}  // namespace

std::string_view name(StrayCause cause) {
  constexpr std::array<std::string_view, 6> kNames = {"",          "not_json",      "no_envelope",
                                                      "wrong_key", "not_canonical", "never_opened"};
  return kNames.at(static_cast<std::size_t>(cause));
}

bool obeys_schema(const Event& event) {
  return std::visit([](const auto& fields) { return obeys(fields); }, event);
}

Decoded decode(const RecordView& record, std::uint32_t partition_count) {
  if (record.value.size() > kMaxEventBytes) return Stray{StrayCause::not_json};
  auto event = read_event(record.value);
  if (!event) return classify(record, partition_count);
  if (!stands_under(poll_of(*event), record, partition_count)) {
    return Stray{StrayCause::wrong_key};
  }
  return *std::move(event);
}

}  // namespace flashpoll::events
