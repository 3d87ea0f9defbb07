#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "query/refused.h"
#include "query/rows.h"
#include "query/view.h"

/// What subscribers of a poll are sent. Pure: no clock, no I/O.
namespace flashpoll::query {

using SharedText = std::shared_ptr<const std::string>;

/// One state of a poll in the spelling of each kind of subscriber, made once and shared by all.
struct Announcement {
  /// As sent on the wire.
  struct Frames {
    SharedText events;   ///< server-sent events; when `ends`, the `end` event too
    SharedText message;  ///< one WebSocket message
  };

  events::PollId poll;
  std::uint64_t version = 0;  ///< ascends in this process; newer replaces older
  events::Seq seq;
  bool ends = false;                 ///< final or hidden: the subscription is over after it
  bool hidden = false;               ///< the frames say so, and nothing else
  std::optional<events::Seq> final;  ///< the entry that ended the poll, when its result is final

  /// What a viewer gets. `has_voted`: a ballot of his stood when he subscribed.
  [[nodiscard]] const Frames& frames(bool has_voted) const;

  Frames plain;     ///< null where nobody may see the counts
  Frames withheld;  ///< null where nothing is withheld
};

[[nodiscard]] std::shared_ptr<const Announcement> announce(const PollRow& poll, Status status,
                                                           std::uint64_t version);

/// `retry: 2000`, the beginning of every stream of events.
[[nodiscard]] const SharedText& events_preface();

/// `{"subscribed":"…"}`, `{"unsubscribed":"…"}`: WebSocket messages.
[[nodiscard]] std::string reply_message(std::string_view what, events::PollId poll);
/// `{"poll":"…","problem":{…}}`; `poll` as the client wrote it.
[[nodiscard]] std::string problem_message(std::string_view poll, const Refused& refused);

}  // namespace flashpoll::query
