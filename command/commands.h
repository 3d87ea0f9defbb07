#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>

#include "events/credentials.h"
#include "events/event.h"
#include "events/poll.h"
#include "events/refusal.h"

/// What the command role takes in and gives back, between its routes and its desk.
namespace flashpoll::command {

using events::PollId;
using events::Seq;
using events::TimeMs;
using events::Uuid;
using events::VoterTag;

/// One kind of credential as a request showed it. Tags are made on the I/O thread, before anybody
/// knows which kind the poll asks for.
struct Claim {
  enum class State : std::uint8_t {
    absent,
    invalid,
    incomplete,  ///< an ingest token that names no voter
    valid,
  };
  State state = State::absent;
  VoterTag voter{};  ///< valid only
};

/// A device made from the vote_id, where no token was shown.
struct DerivedDevice {
  events::DeviceId device{};
  VoterTag voter{};
};

struct Claims {
  Claim device;  ///< Voter-Token or cookie
  std::optional<DerivedDevice> derived;
  Claim code;
  std::uint32_t code_index = 0;  ///< of a valid code: counts only if it was issued
  Claim trusted;                 ///< ingest token together with a voter's name
};

struct OpenPoll {
  events::PollOpened event;  ///< whole, with its ids
};

struct CastVote {
  PollId poll;
  Claims claims;
  Uuid vote_id;
  events::Choices choices;
  std::optional<Seq> replaces;
};

struct RetractVote {
  PollId poll;
  Claims claims;
  Seq replaces;
  /// Of the event, by the poll's eligibility, where the claim that this asks for is valid.
  std::array<Uuid, 3> ids{};
};

/// The owner's commands carry the hash of the manage token that was shown, and the id of the event
/// that they may become.
struct IssueCodes {
  PollId poll;
  events::ManageHash manage{};
  Uuid id;
  std::uint32_t count = 0;
  std::optional<std::uint32_t> first;
};

struct ExtendPoll {
  PollId poll;
  events::ManageHash manage{};
  Uuid id;
  std::optional<TimeMs> closes_at;  ///< absolute, or
  TimeMs by_ms = 0;                 ///< from the time that stands
};

struct ClosePoll {
  PollId poll;
  events::ManageHash manage{};
  Uuid id;
};

struct HidePoll {
  PollId poll;
  events::ManageHash manage{};
  Uuid id;
};

using Command =
    std::variant<OpenPoll, CastVote, RetractVote, IssueCodes, ExtendPoll, ClosePoll, HidePoll>;

[[nodiscard]] PollId poll_of(const Command& command);

/// The entry that answers a request.
struct Receipt {
  PollId poll;
  Seq seq;
  TimeMs at = 0;
  /// Cast and retracted: the voter and his entry.
  VoterTag voter{};
  std::optional<events::Standing> vote{};
  /// Extended and opened: when the poll closes.
  TimeMs closes_at = 0;
  TimeMs opens_at = 0;
  /// Codes: the ones that the request asked for.
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

struct Accepted {
  Receipt receipt;
  /// This node appended the entry for this very request: 201, and a fresh voter token.
  bool created = false;
};

struct Refused {
  events::Refusal refusal;
  /// already_voted, stale_replace: the voter's latest counted entry.
  std::optional<Receipt> receipt{};
};

/// The drawn poll id exists already: draw another one.
struct IdTaken {};

using Reply = std::variant<Accepted, Refused, IdTaken>;

}  // namespace flashpoll::command
