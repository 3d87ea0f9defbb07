#pragma once

#include <variant>

#include "command/commands.h"
#include "events/fold.h"

/// The decision on a command, made on the folded state before anything is appended. Pure; it uses
/// the fold's own rules and only spares the ledger hopeless events: the fold has the last word.
namespace flashpoll::command {

/// What the decision may know of time and of this node.
struct Setting {
  /// Latest the ledger's time can be now: max(last append time read plus monotonic time since, wall
  /// clock).
  TimeMs ledger_now = 0;
  /// Fingerprint of this node's secret: another poll's voters cannot be told.
  events::KeyFingerprint key{};
};

/// Append this event; the fold will judge it.
struct Append {
  events::Event event;
};

/// The effect stands already: answer with its receipt. Where the entries that it rests on are not
/// known to be durable, `event` is appended too: it will come out void, and its report is the
/// proof.
struct Stands {
  Receipt receipt;
  events::Event event;
};

struct Refuse {
  Refused refused;
  /// It cannot become untrue, so it may be said at once; otherwise only after the desk has caught
  /// up with an end of the partition that was asked after the request came in.
  bool final = false;
};

using Decision = std::variant<Append, Stands, Refuse, IdTaken>;

[[nodiscard]] Decision decide(const events::Fold& fold, const Command& command,
                              const Setting& setting);

/// The answer to the request whose event the fold has judged. Nothing: decide again (an owner's
/// event that came too late says so by what stands now).
[[nodiscard]] std::optional<Reply> answer(const events::Judged& judged);

}  // namespace flashpoll::command
