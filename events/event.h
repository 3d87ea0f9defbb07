#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "events/ids.h"

/// The vocabulary: what can have happened to a poll. A published type never changes.
namespace flashpoll::events {

/// Number of this vocabulary. A reader with a lower number than a position's or a snapshot's stands
/// by.
inline constexpr int kReaderVersion = 1;

enum class Method : std::uint8_t { plurality, approval };
/// When the counts are shown.
enum class Results : std::uint8_t { live, after_vote, after_close };
/// Who may vote: any device, holders of one-time codes, voters named by a trusted caller.
enum class Eligibility : std::uint8_t { open, codes, trusted };
enum class ClosedBy : std::uint8_t { owner, deadline };

[[nodiscard]] std::string_view name(Method);
[[nodiscard]] std::string_view name(Results);
[[nodiscard]] std::string_view name(Eligibility);
[[nodiscard]] std::string_view name(ClosedBy);
[[nodiscard]] std::optional<Method> parse_method(std::string_view);
[[nodiscard]] std::optional<Results> parse_results(std::string_view);
[[nodiscard]] std::optional<Eligibility> parse_eligibility(std::string_view);
[[nodiscard]] std::optional<ClosedBy> parse_closed_by(std::string_view);

/// Structural limits of the schemas; the API's are narrower.
inline constexpr std::size_t kMaxChoices = 255;

/// Indices of choices in the voter's order. A command's may hold 255, which no poll has: it stands
/// for every number that a ballot cannot hold.
using Choices = boost::container::small_vector<std::uint8_t, 15>;

struct PollOpened {
  PollId poll;
  Uuid id;
  std::string question;
  std::vector<std::string> choices;
  std::uint8_t min = 1;
  std::uint8_t max = 1;
  Method method = Method::plurality;
  Results results = Results::live;
  Eligibility eligibility = Eligibility::open;
  bool allow_change = false;
  TimeMs opens_at = 0;  ///< 0: at once
  TimeMs closes_at = 0;
  ManageHash manage{};
  KeyFingerprint key{};
  bool operator==(const PollOpened&) const = default;
};

struct VoteCast {
  PollId poll;
  VoterTag voter;
  Uuid vote_id;
  Choices choices;
  std::optional<Seq> replaces;
  bool operator==(const VoteCast&) const = default;
};

struct VoteRetracted {
  PollId poll;
  VoterTag voter;
  Uuid vote_id;
  Seq replaces;
  bool operator==(const VoteRetracted&) const = default;
};

struct CodesIssued {
  PollId poll;
  Uuid id;
  std::uint32_t first = 0;
  std::uint32_t count = 0;  ///< at least 1; first + count ≤ 2^20
  bool operator==(const CodesIssued&) const = default;
};

struct PollExtended {
  PollId poll;
  Uuid id;
  TimeMs closes_at = 0;
  bool operator==(const PollExtended&) const = default;
};

struct PollClosed {
  PollId poll;
  Uuid id;
  ClosedBy by = ClosedBy::owner;
  bool operator==(const PollClosed&) const = default;
};

struct PollHidden {
  PollId poll;
  Uuid id;
  bool operator==(const PollHidden&) const = default;
};

/// The alternatives' order is the storage number of a type (plus one): append only.
using Event = std::variant<PollOpened, VoteCast, VoteRetracted, CodesIssued, PollExtended,
                           PollClosed, PollHidden>;

/// "vote.cast.v1" and so on.
[[nodiscard]] std::string_view type_name(const Event& event);
/// Storage number of a type: 1 poll.opened.v1 … 7 poll.hidden.v1.
[[nodiscard]] inline int type_number(const Event& event) {
  return static_cast<int>(event.index()) + 1;
}
/// Name of a storage number; empty for a number that this build does not know.
[[nodiscard]] std::string_view type_name(int number);
[[nodiscard]] std::optional<int> parse_type(std::string_view name);
[[nodiscard]] PollId poll_of(const Event& event);
/// Null where the event is no voter's.
[[nodiscard]] const VoterTag* voter_of(const Event& event);

}  // namespace flashpoll::events
