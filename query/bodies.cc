#include "query/bodies.h"

#include "events/codec.h"
#include "events/slug.h"
#include "infra/json/writer.h"
#include "infra/runtime/time.h"

namespace flashpoll::query {

namespace {

using json::Writer;
using runtime::format_time;

template <class List>
void write_list(Writer& out, const List& numbers) {
  out.begin_array();
  for (const auto number : numbers) out.value(static_cast<int>(number));
  out.end_array();
}

void write_links(Writer& out, const std::string& self, const std::string& page) {
  out.key("links").begin_object().member("self", self);
  for (const char* name : {"results", "windows", "entries", "stream", "qr.svg"}) {
    out.member(name, self + "/" + name);
  }
  out.member("page", page).end_object();
}

void write_vote(Writer& out, const EntryRow& entry) {
  out.key("vote_id");
  entry.vote_id ? out.value(entry.vote_id->text()) : out.null();
  out.key("choices");
  entry.choices ? write_list(out, *entry.choices) : (void)out.null();
  out.key("replaces");
  entry.replaces ? out.value(entry.replaces->value) : out.null();
  out.key("added");
  write_list(out, entry.added);
  out.key("removed");
  write_list(out, entry.removed);
}

events::Event vote_of(events::PollId poll, const EntryRow& entry) {
  if (entry.choices) {
    return events::VoteCast{poll, *entry.voter, *entry.vote_id, *entry.choices, entry.replaces};
  }
  return events::VoteRetracted{poll, *entry.voter, *entry.vote_id, *entry.replaces};
}

template <class List>
std::string joined(const List& numbers) {
  std::string out;
  for (const auto number : numbers) {
    if (!out.empty()) out.push_back(' ');
    out += std::to_string(number);
  }
  return out;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  return out + "\"";
}

std::string_view verdict(const EntryRow& entry) {
  return entry.reason == events::Reason::none ? "counted" : "void";
}

}  // namespace

std::string results_body(const PollRow& poll, const ResultView& view) {
  std::string body;
  Writer out(body);
  out.begin_object().member("poll", poll.settings.poll);
  out.member("seq", view.counts.seq.value).member("at", format_time(view.counts.at));
  out.member("status", name(view.status)).member("final", view.final);
  out.member("closes_at", format_time(view.closes_at)).member("voters", view.counts.voters);
  out.key("choices").begin_array();
  for (std::size_t i = 0; i < poll.settings.choices.size(); ++i) {
    out.begin_object().member("index", i).member("text", poll.settings.choices[i]);
    if (view.withheld == Withheld::no) out.member("votes", view.counts.votes[i]);
    out.end_object();
  }
  out.end_array();
  if (view.withheld != Withheld::no) out.member("withheld", name(view.withheld));
  out.end_object();
  return body;
}

std::string poll_body(const PollRow& poll, Status status) {
  const events::PollOpened& settings = poll.settings;
  const std::string id = settings.poll.text();
  const std::string page = "/p/" + events::page_name(settings.question, settings.poll);
  std::string body;
  Writer out(body);
  out.begin_object().member("id", id).member("slug", events::slug(settings.question));
  out.member("url", page).member("question", settings.question);
  out.key("choices").begin_array();
  for (const std::string& choice : settings.choices) out.value(choice);
  out.end_array();
  out.member("min", settings.min).member("max", settings.max);
  out.member("method", name(settings.method)).member("results", name(settings.results));
  out.member("eligibility", name(settings.eligibility));
  out.member("allow_change", settings.allow_change);
  const events::TimeMs opens_at = settings.opens_at == 0 ? poll.opened_at : settings.opens_at;
  out.member("opened_at", format_time(poll.opened_at));
  out.member("opens_at", format_time(opens_at));
  out.member("closes_at", format_time(settings.closes_at));
  out.member("status", name(status)).member("final", is_final(poll));
  out.member("seq", poll.latest.seq.value).member("at", format_time(poll.latest.at));
  write_links(out, "/v1/polls/" + id, page);
  out.end_object();
  return body;
}

void append_entry(std::string& out, events::PollId poll, const EntryRow& entry, EntryShape shape) {
  Writer writer(out);
  writer.begin_object().member("seq", entry.seq.value).member("at", format_time(entry.at));
  writer.member("type", events::type_name(entry.type)).member("verdict", verdict(entry));
  writer.key("reason");
  entry.reason == events::Reason::none ? writer.null() : writer.value(name(entry.reason));
  writer.key("voter");
  entry.voter ? writer.value(entry.voter->text()) : writer.null();
  if (shape != EntryShape::withheld) write_vote(writer, entry);
  if (shape == EntryShape::with_line) writer.member("entry", canonical_line(poll, entry));
  writer.end_object();
}

std::string canonical_line(events::PollId poll, const EntryRow& entry) {
  if (!entry.voter) return events::entry_line(entry.at, entry.body);
  return events::entry_line(entry.at, events::encode(vote_of(poll, entry)));
}

void append_csv(std::string& out, events::PollId poll, const EntryRow& entry, EntryShape shape) {
  out += std::to_string(entry.seq.value) + "," + format_time(entry.at) + ",";
  out.append(events::type_name(entry.type)).append(",").append(verdict(entry)).append(",");
  out.append(name(entry.reason)).append(",");
  if (entry.voter) entry.voter->append_to(out);
  if (shape == EntryShape::withheld) {
    out += ",,,,,,\r\n";
    return;
  }
  out += "," + (entry.vote_id ? entry.vote_id->text() : "");
  out += "," + (entry.choices ? joined(*entry.choices) : "");
  out += "," + (entry.replaces ? std::to_string(entry.replaces->value) : "");
  out += "," + joined(entry.added) + "," + joined(entry.removed) + ",";
  out += quoted(canonical_line(poll, entry)) + "\r\n";
}

std::string receipt_body(events::PollId poll, const EntryRow& entry) {
  std::string body;
  Writer out(body);
  out.begin_object().member("poll", poll).member("seq", entry.seq.value);
  out.member("at", format_time(entry.at)).member("vote_id", entry.vote_id->text());
  out.key("choices");
  write_list(out, *entry.choices);
  if (entry.replaces) out.member("replaces", entry.replaces->value);
  out.end_object();
  return body;
}

}  // namespace flashpoll::query
