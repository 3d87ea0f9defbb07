#include "query/frames.h"

#include "events/check.h"
#include "infra/json/writer.h"
#include "infra/runtime/time.h"

namespace flashpoll::query {

namespace {

SharedText shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

std::string results_object(const PollRow& poll, Status status, Withheld withheld) {
  std::string out;
  json::Writer object(out);
  object.begin_object()
      .member("poll", poll.settings.poll)
      .member("seq", poll.latest.seq.value)
      .member("at", runtime::format_time(poll.latest.at))
      .member("status", name(status))
      .member("final", is_final(poll))
      .member("closes_at", runtime::format_time(poll.settings.closes_at))
      .member("voters", poll.latest.voters);
  if (withheld == Withheld::no) {
    object.key("votes").begin_array();
    for (const std::uint64_t votes : poll.latest.votes) object.value(votes);
    object.end_array();
  } else {
    object.member("withheld", name(withheld));
  }
  object.end_object();
  return out;
}

std::string end_event(events::Seq seq, std::string_view code) {
  std::string out = "event: end\ndata: ";
  json::Writer(out).begin_object().member("seq", seq.value).member("code", code).end_object();
  return out + "\n\n";
}

Announcement::Frames results_frames(const PollRow& poll, Status status, Withheld withheld) {
  std::string object = results_object(poll, status, withheld);
  std::string events =
      "id: " + std::to_string(poll.latest.seq.value) + "\nevent: results\ndata: " + object + "\n\n";
  if (is_final(poll)) events += end_event(poll.latest.seq, "final");
  return {shared(std::move(events)), shared(std::move(object))};
}

Announcement::Frames hidden_frames(const PollRow& poll) {
  const Refused hidden{events::Refusal::poll_hidden};
  return {shared(end_event(poll.latest.seq, events::info(hidden.refusal).code)),
          shared(problem_message(poll.settings.poll.text(), hidden))};
}

}  // namespace

const Announcement::Frames& Announcement::frames(bool has_voted) const {
  const bool is_plain = !withheld.message || (has_voted && plain.message);
  return is_plain ? plain : withheld;
}

std::shared_ptr<const Announcement> announce(const PollRow& poll, Status status,
                                             std::uint64_t version) {
  auto made = std::make_shared<Announcement>();
  made->poll = poll.settings.poll;
  made->version = version;
  made->seq = poll.latest.seq;
  made->hidden = poll.hidden.has_value();
  made->ends = made->hidden || is_final(poll);
  if (is_final(poll)) made->final = poll.closed;
  if (made->hidden) {
    made->plain = hidden_frames(poll);
    return made;
  }
  const Withheld from_strangers = withheld_from(poll, false);
  if (withheld_from(poll, true) == Withheld::no)
    made->plain = results_frames(poll, status, Withheld::no);
  if (from_strangers != Withheld::no) made->withheld = results_frames(poll, status, from_strangers);
  return made;
}

const SharedText& events_preface() {
  static const SharedText preface = shared("retry: 2000\n\n");
  return preface;
}

std::string reply_message(std::string_view what, events::PollId poll) {
  std::string out;
  json::Writer(out).begin_object().member(what, poll).end_object();
  return out;
}

std::string problem_message(std::string_view poll, const Refused& refused) {
  const events::RefusalInfo& about = events::info(refused.refusal);
  std::string out;
  json::Writer(out)
      .begin_object()
      .member("poll", poll)
      .key("problem")
      .begin_object()
      .member("type", "/problems/" + std::string(about.code))
      .member("title", about.title)
      .member("status", about.status)
      .member("code", about.code)
      .member("detail", refused.detail.empty() ? about.advice : std::string_view(refused.detail))
      .end_object()
      .end_object();
  return out;
}

}  // namespace flashpoll::query
