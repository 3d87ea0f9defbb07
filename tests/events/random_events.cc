#include "tests/events/random_events.h"

#include <algorithm>

namespace flashpoll::events::testing {

std::uint64_t RandomEvents::number(std::uint64_t max) {
  switch (below(8)) {
    case 0:
      return 0;
    case 1:
      return max;
    case 2:
      return below(std::min<std::uint64_t>(max, 12) + 1);
    default:
      return below(max + 1);
  }
}

Uuid RandomEvents::uuid() {
  Uuid id;
  fill(id.bytes);
  return id;
}

VoterTag RandomEvents::voter() {
  VoterTag tag;
  fill(tag.bytes);
  return tag;
}

std::string RandomEvents::text(std::size_t max_characters) {
  static const std::string kPieces[] = {
      "a",      "Z",      "7",      " ",    "\"",     "\\",         "/",          "\x01",
      "\b",     "\t",     "\n",     "\f",   "\r",     "\x1f",       "\x7f",       "<",
      "&",      "'",      "\u0080", "é",    "\u07ff", "\u0800",     "\u2028",     "你",
      "\ud7ff", "\ue000", "\uffff", "👍🏽", "\ufeff", "\U00010000", "\U0010ffff", "\\u0041"};
  std::string text;
  for (std::uint64_t left = number(max_characters); left > 0; --left) {
    text += kPieces[below(std::size(kPieces))];
  }
  return text;
}

PollOpened RandomEvents::opened() {
  PollOpened event;
  event.poll = poll();
  event.id = uuid();
  event.question = text(60);
  event.choices.resize(1 + number(below(10) == 0 ? kMaxChoices - 1 : 9));
  for (std::string& choice : event.choices) choice = text(12);
  event.max = static_cast<std::uint8_t>(1 + number(event.choices.size() - 1));
  event.min = static_cast<std::uint8_t>(1 + number(event.max - 1U));
  event.method = static_cast<Method>(below(2));
  event.results = static_cast<Results>(below(3));
  event.eligibility = static_cast<Eligibility>(below(3));
  event.allow_change = below(2) == 1;
  event.opens_at = static_cast<TimeMs>(number(kMaxTimeMs - 1));
  event.closes_at =
      event.opens_at + 1 +
      static_cast<TimeMs>(number(static_cast<std::uint64_t>(kMaxTimeMs - event.opens_at - 1)));
  fill(event.manage);
  fill(event.key);
  return event;
}

VoteCast RandomEvents::cast() {
  VoteCast event;
  event.poll = poll();
  event.voter = voter();
  event.vote_id = uuid();
  for (std::uint64_t left = number(below(10) == 0 ? kMaxChoices : 20); left > 0; --left) {
    event.choices.push_back(static_cast<std::uint8_t>(number(kMaxChoices - 1)));
  }
  if (below(2) == 0) event.replaces = Seq(number(kMaxSeq));
  return event;
}

Event RandomEvents::next() {
  switch (below(10)) {
    case 0:
    case 1:
      return opened();
    case 2:
      return VoteRetracted{poll(), voter(), uuid(), Seq(number(kMaxSeq))};
    case 3: {
      const auto first = static_cast<std::uint32_t>(number(kMaxCodes - 1));
      const auto count = static_cast<std::uint32_t>(1 + number(kMaxCodes - first - 1));
      return CodesIssued{poll(), uuid(), first, count};
    }
    case 4:
      return PollExtended{poll(), uuid(), static_cast<TimeMs>(number(kMaxTimeMs))};
    case 5:
      return PollClosed{poll(), uuid(), static_cast<ClosedBy>(below(2))};
    case 6:
      return PollHidden{poll(), uuid()};
    default:
      return cast();
  }
}

std::string RandomEvents::mutated(std::string bytes) {
  static constexpr std::string_view kTelling = "\"\\{}[],:0123456789-+.eEutfn \n\xC3\xED";
  const auto byte = [this] {
    return below(2) == 0 ? kTelling[below(kTelling.size())] : static_cast<char>(below(256));
  };
  const std::size_t at = below(bytes.size());
  switch (below(4)) {
    case 0:
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), byte());
      break;
    case 1:
      bytes.erase(at, 1);
      break;
    case 2:
      bytes.insert(at, bytes.substr(below(bytes.size()), 1 + below(20)));
      break;
    default:
      bytes[at] = byte();
  }
  return bytes;
}

}  // namespace flashpoll::events::testing
