#include "events/codec_read.h"

#include <utility>

#include "events/canonical_text.h"
#include "events/codec.h"

namespace flashpoll::events {

namespace {

/// Takes pieces off the front. Each member says whether the piece was there; after the first no
/// the rest does not matter.
class Scanner {
 public:
  explicit Scanner(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  bool literal(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  bool integer(std::uint64_t& out, std::uint64_t max) {
    std::size_t size = 0;
    std::uint64_t value = 0;
    for (; size < rest_.size() && rest_[size] >= '0' && rest_[size] <= '9'; ++size) {
      // `max` is below 2^60, so the product does not overflow.
      value = value * 10 + static_cast<std::uint64_t>(rest_[size] - '0');
      if (value > max) return false;
    }
    if (size == 0 || (size > 1 && rest_.front() == '0')) return false;
    rest_.remove_prefix(size);
    out = value;
    return true;
  }

  template <typename Number>
  bool number(Number& out, std::uint64_t max) {
    std::uint64_t value = 0;
    if (!integer(value, max)) return false;
    out = static_cast<Number>(value);
    return true;
  }

  bool time(TimeMs& out) { return number(out, static_cast<std::uint64_t>(kMaxTimeMs)); }
  bool seq(Seq& out) { return integer(out.value, kMaxSeq); }

  bool boolean(bool& out) {
    out = literal("true");
    return out || literal("false");
  }

  /// An id or a tag in its one spelling, of `size` characters, within quotes.
  template <typename Id>
  bool id(Id& out, std::size_t size) {
    const auto parsed = Id::parse(quoted(size));
    if (!parsed) return false;
    out = *parsed;
    return true;
  }
  bool poll(PollId& out) { return id(out, 12); }
  bool uuid(Uuid& out) { return id(out, 36); }
  bool voter(VoterTag& out) { return id(out, 22); }

  template <std::size_t N>
  bool bytes(std::array<std::uint8_t, N>& out) {
    return parse_base64url(quoted((N * 8 + 5) / 6), out.data(), N);
  }

  template <typename Enum>
  bool word(Enum& out, std::optional<Enum> (*parse)(std::string_view)) {
    const std::size_t end = rest_.find('"', 1);
    if (end == std::string_view::npos) return false;
    const auto parsed = parse(quoted(end - 1));
    if (!parsed) return false;
    out = *parsed;
    return true;
  }

  /// A string with exactly the escapes that the encoder writes. Its bytes are judged later.
  bool string(std::string& out) {
    if (!literal("\"")) return false;
    while (true) {
      const std::size_t plain = plain_size();
      out.append(rest_.substr(0, plain));
      rest_.remove_prefix(plain);
      if (literal("\"")) return true;
      if (!escape(out)) return false;
    }
  }

 private:
  std::string_view quoted(std::size_t size) {
    if (rest_.size() < size + 2 || rest_.front() != '"' || rest_[size + 1] != '"') return {};
    const std::string_view inside = rest_.substr(1, size);
    rest_.remove_prefix(size + 2);
    return inside;
  }

  std::size_t plain_size() const {
    std::size_t size = 0;
    while (size < rest_.size() && static_cast<unsigned char>(rest_[size]) >= 0x20 &&
           rest_[size] != '"' && rest_[size] != '\\') {
      ++size;
    }
    return size;
  }

  bool escape(std::string& out) {
    for (const char c : kEscaped) {
      if (literal(escape_of(c))) {
        out += c;
        return true;
      }
    }
    return false;
  }

  std::string_view rest_;
};

bool read_fields(Scanner& in, VoteCast& vote) {
  if (!(in.literal(R"(,"voter":)") && in.voter(vote.voter) && in.literal(R"(,"vote_id":)") &&
        in.uuid(vote.vote_id) && in.literal(R"(,"choices":[)"))) {
    return false;
  }
  if (!in.literal("]")) {
    do {
      std::uint8_t choice = 0;
      if (vote.choices.size() == kMaxChoices || !in.number(choice, kMaxChoices - 1)) return false;
      vote.choices.push_back(choice);
    } while (in.literal(","));
    if (!in.literal("]")) return false;
  }
  return !in.literal(R"(,"replaces":)") || in.seq(vote.replaces.emplace());
}

bool read_fields(Scanner& in, VoteRetracted& retraction) {
  return in.literal(R"(,"voter":)") && in.voter(retraction.voter) && in.literal(R"(,"vote_id":)") &&
         in.uuid(retraction.vote_id) && in.literal(R"(,"replaces":)") &&
         in.seq(retraction.replaces);
}

bool read_choices(Scanner& in, std::vector<std::string>& choices) {
  do {
    if (choices.size() == kMaxChoices || !in.string(choices.emplace_back())) return false;
  } while (in.literal(","));
  return true;
}

bool read_fields(Scanner& in, PollOpened& poll) {
  return in.literal(R"(,"id":)") && in.uuid(poll.id) &&                                       //
         in.literal(R"(,"question":)") && in.string(poll.question) &&                         //
         in.literal(R"(,"choices":[)") && read_choices(in, poll.choices) &&                   //
         in.literal(R"(],"min":)") && in.number(poll.min, kMaxChoices) &&                     //
         in.literal(R"(,"max":)") && in.number(poll.max, kMaxChoices) &&                      //
         in.literal(R"(,"method":)") && in.word(poll.method, parse_method) &&                 //
         in.literal(R"(,"results":)") && in.word(poll.results, parse_results) &&              //
         in.literal(R"(,"eligibility":)") && in.word(poll.eligibility, parse_eligibility) &&  //
         in.literal(R"(,"allow_change":)") && in.boolean(poll.allow_change) &&                //
         in.literal(R"(,"opens_at":)") && in.time(poll.opens_at) &&                           //
         in.literal(R"(,"closes_at":)") && in.time(poll.closes_at) &&                         //
         in.literal(R"(,"manage":)") && in.bytes(poll.manage) &&                              //
         in.literal(R"(,"key":)") && in.bytes(poll.key);
}

bool read_fields(Scanner& in, CodesIssued& codes) {
  return in.literal(R"(,"id":)") && in.uuid(codes.id) &&                     //
         in.literal(R"(,"first":)") && in.number(codes.first, kMaxCodes) &&  //
         in.literal(R"(,"count":)") && in.number(codes.count, kMaxCodes);
}

bool read_fields(Scanner& in, PollExtended& extension) {
  return in.literal(R"(,"id":)") && in.uuid(extension.id) &&  //
         in.literal(R"(,"closes_at":)") && in.time(extension.closes_at);
}

bool read_fields(Scanner& in, PollClosed& closing) {
  return in.literal(R"(,"id":)") && in.uuid(closing.id) &&  //
         in.literal(R"(,"by":)") && in.word(closing.by, parse_closed_by);
}

bool read_fields(Scanner& in, PollHidden& hiding) {
  return in.literal(R"(,"id":)") && in.uuid(hiding.id);
}

template <typename Fields>
std::optional<Event> read_as(Scanner in) {
  Fields fields;
  if (!in.poll(fields.poll) || !read_fields(in, fields)) return std::nullopt;
  if (!in.literal("}") || !in.at_end()) return std::nullopt;
  std::optional<Event> event(std::in_place, std::move(fields));
  if (!obeys_schema(*event)) return std::nullopt;
  return event;
}

}  // namespace

std::optional<Event> read_event(std::string_view bytes) {
  Scanner in(bytes);
  if (!in.literal(R"({"type":")")) return std::nullopt;
  if (in.literal(R"(vote.cast.v1","poll":)")) return read_as<VoteCast>(in);
  if (in.literal(R"(vote.retracted.v1","poll":)")) return read_as<VoteRetracted>(in);
  if (in.literal(R"(poll.opened.v1","poll":)")) return read_as<PollOpened>(in);
  if (in.literal(R"(codes.issued.v1","poll":)")) return read_as<CodesIssued>(in);
  if (in.literal(R"(poll.extended.v1","poll":)")) return read_as<PollExtended>(in);
  if (in.literal(R"(poll.closed.v1","poll":)")) return read_as<PollClosed>(in);
  if (in.literal(R"(poll.hidden.v1","poll":)")) return read_as<PollHidden>(in);
  return std::nullopt;
}

}  // namespace flashpoll::events
