#pragma once

#include <string>
#include <variant>
#include <vector>

#include "query/caller.h"
#include "query/read_tables.h"
#include "query/refused.h"
#include "query/view.h"

namespace flashpoll::query {

/// A poll as one caller may see it at one moment.
struct SeenPoll {
  PollRow row;
  Status status = Status::open;
  events::TimeMs status_until = 0;  ///< wall clock
  Withheld withheld = Withheld::no;

  [[nodiscard]] events::PollId id() const { return row.settings.poll; }
};

/// Who looks, and when.
struct Look {
  const Identity& identity;
  Caller caller;
  events::TimeMs now = 0;  ///< wall clock
};

/// Whether a ballot of the caller's credential stands: what `withheld_from` asks for.
[[nodiscard]] bool has_voted(ReadTables& tables, const PollRow& poll, const Look& look);

/// The way to a poll for every read: hidden, unknown and parked ones are refused here, and what is
/// withheld is decided here.
[[nodiscard]] std::variant<SeenPoll, Refused> see(ReadTables& tables, events::PollId id,
                                                  const Look& look);

/// `Cache-Control` and, where another caller may see something else, `Vary`.
[[nodiscard]] std::vector<http::Header> cache_headers(const SeenPoll& poll, bool immutable);

}  // namespace flashpoll::query
