// The body that opens a poll, and what it is when all is said: the second half of bodies.cc.
#include <algorithm>
#include <set>

#include "command/bodies.h"
#include "command/parse_object.h"
#include "infra/json/writer.h"
#include "infra/runtime/time.h"

namespace flashpoll::command {

namespace {

constexpr std::int64_t kShortestMs = 10'000;
constexpr std::int64_t kLongestMs = 31'536'000'000;
constexpr std::int64_t kDefaultSeconds = 3'600;

/// Without white space at both ends (what ASCII and Latin-1 call so).
std::string trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

/// Code points of valid UTF-8.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string text_of(json::ObjectReader& reader, std::string_view place, std::string_view written,
                    std::size_t least, std::size_t most) {
  std::string text = trimmed(written);
  const std::size_t length = characters(text);
  if (length < least || length > most) {
    reader.fail(place, "must have " + std::to_string(least) + " to " + std::to_string(most) +
                           " characters, has " + std::to_string(length));
  }
  return text;
}

std::vector<std::string> read_choices(json::ObjectReader& reader) {
  std::vector<std::string> choices;
  const auto written = reader.required_strings("choices");
  if (!written) return choices;
  if (written->size() < 2 || written->size() > 20) {
    reader.fail("choices", "must be 2 to 20 texts, are " + std::to_string(written->size()));
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < written->size() && i < 20; ++i) {
    const std::string place = "choices/" + std::to_string(i);
    choices.push_back(text_of(reader, place, (*written)[i], 1, 120));
    if (!seen.insert(choices.back()).second) reader.fail(place, "stands in the list already");
  }
  return choices;
}

std::optional<events::TimeMs> read_time(json::ObjectReader& reader, std::string_view name) {
  const auto text = reader.string(name);
  if (!text) return std::nullopt;
  const auto time = runtime::parse_time(*text);
  if (!time) reader.fail(name, "must be a time as 2026-11-20T12:00:00Z");
  return time;
}

template <class Value, class Parse>
Value read_name(json::ObjectReader& reader, std::string_view member, Parse parse, Value fallback,
                std::string_view allowed) {
  const auto text = reader.string(member);
  if (!text) return fallback;
  const auto value = parse(*text);
  if (!value) reader.fail(member, "must be one of " + std::string(allowed));
  return value.value_or(fallback);
}

void read_rules(json::ObjectReader& reader, events::PollOpened& event) {
  const auto most = static_cast<std::int64_t>(event.choices.size());
  const bool countable = most >= 2;
  event.max =
      static_cast<std::uint8_t>(reader.integer("max", 1, countable ? most : 20).value_or(1));
  event.min = static_cast<std::uint8_t>(reader.integer("min", 1, 20).value_or(1));
  if (event.min > event.max) reader.fail("min", "must not be above max");
  event.method = event.max > 1 ? events::Method::approval : events::Method::plurality;
  event.results = read_name(reader, "results", events::parse_results, events::Results::live,
                            "live, after_vote, after_close");
  event.eligibility = read_name(reader, "eligibility", events::parse_eligibility,
                                events::Eligibility::open, "open, codes, trusted");
  event.allow_change = reader.boolean("allow_change").value_or(false);
  if (event.allow_change && event.results == events::Results::after_vote) {
    reader.fail("allow_change", "cannot be had together with results after_vote");
  }
}

/// Returns the length that a retry repeats, in seconds; empty when the end is absolute.
std::optional<std::int64_t> read_times(json::ObjectReader& reader, events::TimeMs now,
                                       events::PollOpened& event) {
  const auto opens_at = read_time(reader, "opens_at");
  const auto closes_at = read_time(reader, "closes_at");
  auto closes_in = reader.integer("closes_in", kShortestMs / 1000, kLongestMs / 1000);
  if (closes_at && closes_in) reader.fail("closes_in", "give either closes_at or closes_in");
  if (!closes_at && !closes_in) closes_in = kDefaultSeconds;
  const events::TimeMs start = std::max(opens_at.value_or(now), now);
  if (start - now > kLongestMs) reader.fail("opens_at", "must be within a year from now");
  event.opens_at = opens_at.value_or(0);
  event.closes_at = closes_at ? *closes_at : start + closes_in.value_or(kDefaultSeconds) * 1000;
  const events::TimeMs length = event.closes_at - start;
  if (closes_at && (length < kShortestMs || length > kLongestMs)) {
    reader.fail("closes_at", "must be 10 seconds to 365 days after the opening");
  }
  return closes_at ? std::nullopt : closes_in;
}

std::string normalise(const events::PollOpened& event, std::optional<std::int64_t> closes_in) {
  std::string out;
  json::Writer json(out);
  json.begin_object().member("question", event.question).key("choices").begin_array();
  for (const std::string& choice : event.choices) json.value(choice);
  json.end_array()
      .member("min", static_cast<int>(event.min))
      .member("max", static_cast<int>(event.max))
      .member("results", events::name(event.results))
      .member("eligibility", events::name(event.eligibility))
      .member("allow_change", event.allow_change)
      .member("opens_at", event.opens_at);
  closes_in ? json.member("closes_in", *closes_in) : json.member("closes_at", event.closes_at);
  json.end_object();
  return out;
}

}  // namespace

Parsed<OpenBody> parse_open(std::string_view body, events::TimeMs now) {
  return parse_object<OpenBody>(body, [now](json::ObjectReader& reader) {
    OpenBody open;
    if (const auto question = reader.required_string("question")) {
      open.event.question = text_of(reader, "question", *question, 5, 240);
    }
    open.event.choices = read_choices(reader);
    read_rules(reader, open.event);
    const auto closes_in = read_times(reader, now, open.event);
    open.normalised = normalise(open.event, closes_in);
    return open;
  });
}

}  // namespace flashpoll::command
