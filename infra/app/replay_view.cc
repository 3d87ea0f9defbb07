#include "infra/app/replay_view.h"

#include "events/codec.h"
#include "infra/app/terminal.h"
#include "infra/json/json.h"
#include "infra/json/writer.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/time.h"

namespace flashpoll::app {

namespace {

constexpr std::int64_t kFastest = 1'000'000;

/// What the entry did to the counts.
std::string change(const events::Judged& entry) {
  std::string text;
  const auto add = [&](const char* sign, const events::Choices& choices) {
    for (const std::uint8_t choice : choices) {
      text += " ";
      text += sign + printable(entry.poll.settings.choices.at(choice));
    }
  };
  add("-", entry.removed());
  add("+", entry.added());
  return text;
}

std::string counts(const events::Poll& poll) {
  std::string text;
  for (const std::uint64_t votes : poll.votes) text += " " + std::to_string(votes);
  return text;
}

void write_choices(json::Writer& out, std::string_view name, const events::Choices& choices) {
  out.key(name).begin_array();
  for (const std::uint8_t choice : choices) out.value(static_cast<int>(choice));
  out.end_array();
}

std::string status_of(const events::Poll& poll) {
  if (poll.hidden) return "hidden";
  if (poll.closed) return "closed";
  return poll.at < poll.settings.opens_at ? "scheduled" : "open";
}

}  // namespace

std::string entry_text(const events::Judged& entry) {
  std::string text = std::to_string(entry.seq.value) + " " + runtime::format_time(entry.at) + " ";
  text += events::type_name(entry.event);
  if (!entry.counted()) return text.append(" void: ").append(events::name(entry.reason)) + "\n";
  return text + " counted" + change(entry) + " =" + counts(entry.poll) + "\n";
}

std::string entry_json(const events::Judged& entry) {
  std::string text;
  json::Writer out(text);
  out.begin_object().member("seq", entry.seq.value).member("at", runtime::format_time(entry.at));
  out.member("verdict", entry.counted() ? "counted" : "void").key("reason");
  entry.counted() ? out.null() : out.value(events::name(entry.reason));
  out.key("event").raw(events::encode(entry.event));
  write_choices(out, "added", entry.added());
  write_choices(out, "removed", entry.removed());
  out.key("votes").begin_array();
  for (const std::uint64_t votes : entry.poll.votes) out.value(votes);
  out.end_array().member("voters", entry.poll.standing).end_object();
  return text + "\n";
}

Picture picture_of(const events::Poll& poll) {
  return {.question = poll.settings.question,
          .choices = poll.settings.choices,
          .votes = poll.votes,
          .voters = poll.standing,
          .seq = poll.next_seq.value - 1,
          .at = runtime::format_time(poll.at),
          .status = status_of(poll)};
}

std::int64_t parse_speed(const std::string& text) {
  std::string_view number = text;
  if (number.ends_with('x')) number.remove_suffix(1);
  const auto speed = json::parse_integer(number);
  if (!speed || *speed < 1 || *speed > kFastest) {
    throw Misconfigured("--speed: '" + text + "' is no speed such as 20x");
  }
  return *speed;
}

}  // namespace flashpoll::app
