#include <algorithm>
#include <array>
#include <utility>

#include "events/check.h"
#include "events/snapshot.h"
#include "events/snapshot_bytes.h"

/// Chunk of a poll, in this order:
///   "FPP" format, poll id, number of the chunk within the poll
///   in the first one: from_offset, parked?, state?
///   voters until one byte before the end
///   1 in the last chunk, else 0
namespace flashpoll::events {

namespace {

constexpr std::string_view kMagic = "FPP\x01";
/// Chunks are filled with voters up to here. Larger ones take longer to read: a piece of more than
/// 128 KiB costs the store's allocator and ours fresh pages each time.
constexpr std::size_t kFilledBytes = 64 << 10;
constexpr std::uint64_t kMaxOffset = ~std::uint64_t{0} >> 1;
constexpr auto kMaxTime = static_cast<std::uint64_t>(kMaxTimeMs);

std::string chunk_name(PollId id, std::uint32_t index) {
  FP_CHECK(index < 1'000'000, "a chunk's number has six digits");
  const std::string digits = std::to_string(index);
  return "p/" + id.text() + "/" + std::string(6 - digits.size(), '0') + digits;
}

template <typename T, typename Write>
void write_optional(ByteWriter& out, const std::optional<T>& value, Write write) {
  out.byte(value ? 1 : 0);
  if (value) write(*value);
}

template <typename T, typename Read>
void read_optional(ByteReader& in, std::optional<T>& value, Read read) {
  if (in.number(1) == 1) value = read();
}

template <typename Enum>
Enum read_enum(ByteReader& in, Enum last) {
  return static_cast<Enum>(in.number(static_cast<std::uint64_t>(last)));
}

TimeMs read_time(ByteReader& in) { return static_cast<TimeMs>(in.number(kMaxTime)); }

void write_settings(ByteWriter& out, const PollOpened& settings) {
  out.bytes(settings.id.bytes);
  out.text(settings.question);
  out.number(settings.choices.size());
  for (const std::string& choice : settings.choices) out.text(choice);
  out.byte(settings.min);
  out.byte(settings.max);
  out.byte(static_cast<std::uint8_t>(settings.method));
  out.byte(static_cast<std::uint8_t>(settings.results));
  out.byte(static_cast<std::uint8_t>(settings.eligibility));
  out.byte(settings.allow_change ? 1 : 0);
  out.number(static_cast<std::uint64_t>(settings.opens_at));
  out.number(static_cast<std::uint64_t>(settings.closes_at));
  out.bytes(settings.manage);
  out.bytes(settings.key);
}

void read_settings(ByteReader& in, PollOpened& settings) {
  in.bytes(settings.id.bytes);
  settings.question = in.text();
  const std::uint64_t choices = in.number(kMaxChoices);
  for (std::uint64_t i = 0; i < choices; ++i) settings.choices.push_back(in.text());
  settings.min = in.byte();
  settings.max = in.byte();
  settings.method = read_enum(in, Method::approval);
  settings.results = read_enum(in, Results::after_close);
  settings.eligibility = read_enum(in, Eligibility::trusted);
  settings.allow_change = in.number(1) == 1;
  settings.opens_at = read_time(in);
  settings.closes_at = read_time(in);
  in.bytes(settings.manage);
  in.bytes(settings.key);
}

void write_ending(ByteWriter& out, const std::optional<Ending>& ending) {
  write_optional(out, ending, [&](const Ending& value) {
    out.number(value.seq.value);
    out.number(static_cast<std::uint64_t>(value.at));
  });
}

void read_ending(ByteReader& in, std::optional<Ending>& ending) {
  read_optional(in, ending, [&] {
    Ending value;
    value.seq = Seq(in.number());
    value.at = read_time(in);
    return value;
  });
}

void write_state(ByteWriter& out, const Poll& poll) {
  write_settings(out, poll.settings);
  out.number(poll.next_seq.value);
  out.number(static_cast<std::uint64_t>(poll.at));
  out.number(static_cast<std::uint64_t>(poll.opened_at));
  out.number(static_cast<std::uint64_t>(poll.first_closes_at));
  for (const std::uint64_t votes : poll.votes) out.number(votes);
  out.number(poll.standing);
  out.number(poll.counted);
  out.number(poll.voided);
  out.number(poll.codes_issued);
  write_ending(out, poll.closed);
  write_ending(out, poll.hidden);
  write_ending(out, poll.extended);
  write_ending(out, poll.issued);
}

void read_state(ByteReader& in, Poll& poll) {
  read_settings(in, poll.settings);
  poll.next_seq = Seq(in.number());
  poll.at = read_time(in);
  poll.opened_at = read_time(in);
  poll.first_closes_at = read_time(in);
  poll.votes.resize(poll.settings.choices.size());
  for (std::uint64_t& votes : poll.votes) votes = in.number();
  poll.standing = in.number();
  poll.counted = in.number();
  poll.voided = in.number();
  poll.codes_issued = static_cast<std::uint32_t>(in.number(kMaxCodes));
  read_ending(in, poll.closed);
  read_ending(in, poll.hidden);
  read_ending(in, poll.extended);
  read_ending(in, poll.issued);
}

void write_voter(ByteWriter& out, const VoterTag& voter, const Standing& standing) {
  out.bytes(voter.bytes);
  out.bytes(standing.vote_id.bytes);
  out.number(standing.seq.value);
  out.number(static_cast<std::uint64_t>(standing.at));
  write_optional(out, standing.replaces, [&](Seq seq) { out.number(seq.value); });
  out.byte(standing.retracted ? 1 : 0);
  out.number(standing.choices.size());
  for (const std::uint8_t choice : standing.choices) out.byte(choice);
}

using Voter = std::pair<VoterTag, Standing>;

/// False when this voter would break the poll: the fold trusts the choices of a standing ballot.
bool read_voter(ByteReader& in, const Poll& poll, Voter& into) {
  auto& [voter, standing] = into = {};
  in.bytes(voter.bytes);
  in.bytes(standing.vote_id.bytes);
  standing.seq = Seq(in.number());
  standing.at = read_time(in);
  read_optional(in, standing.replaces, [&] { return Seq(in.number()); });
  standing.retracted = in.number(1) == 1;
  const std::uint64_t choices = in.number(kMaxChoices);
  for (std::uint64_t i = 0; i < choices && in.ok(); ++i) standing.choices.push_back(in.byte());
  const bool fits = std::all_of(standing.choices.begin(), standing.choices.end(),
                                [&](std::uint8_t choice) { return choice < poll.votes.size(); });
  return in.ok() && fits;
}

bool read_voters(ByteReader& in, Poll& poll) {
  std::array<Voter, kExpectAhead> ahead;  // put when memory has had the time to answer
  std::size_t taken = 0;
  for (; !in.at_end(); ++taken) {
    Voter& next = ahead[taken % kExpectAhead];
    if (taken >= kExpectAhead) poll.voters.put(next.first, next.second);
    if (!read_voter(in, poll, next)) return false;
    poll.voters.expect(next.first);
  }
  for (std::size_t i = taken - std::min(taken, kExpectAhead); i < taken; ++i) {
    const auto& [voter, standing] = ahead[i % kExpectAhead];
    poll.voters.put(voter, standing);
  }
  return true;
}

}  // namespace

PollWriter::PollWriter(PollId id, const PollSlot& slot, std::int64_t from_offset)
    : id_(id), slot_(slot), from_offset_(from_offset) {
  FP_CHECK(from_offset >= 0, "offsets count from zero");
}

std::optional<Chunk> PollWriter::next() {
  if (done_) return std::nullopt;
  Chunk chunk{.name = chunk_name(id_, index_), .bytes = std::string(kMagic)};
  ByteWriter out(chunk.bytes);
  out.number(id_.bits());
  out.number(index_);
  if (index_ == 0) {
    out.number(static_cast<std::uint64_t>(from_offset_));
    write_optional(out, slot_.parked, [&](const ParkedPoll& parked) {
      out.number(static_cast<std::uint64_t>(parked.offset));
      out.text(parked.type);
    });
    out.byte(slot_.poll ? 1 : 0);
    if (slot_.poll) write_state(out, *slot_.poll);
  }
  append_voters(chunk.bytes);
  done_ = !voters_left();
  out.byte(done_ ? 1 : 0);
  FP_CHECK(chunk.bytes.size() <= kMaxChunkBytes, "a chunk keeps its bound");
  ++index_;
  return chunk;
}

bool PollWriter::voters_left() const {
  return written_ < ends_.size() || (slot_.poll && next_part_ < slot_.poll->voters.parts());
}

void PollWriter::append_voters(std::string& bytes) {
  while (true) {
    for (; written_ < ends_.size(); ++written_) {
      const std::size_t begin = written_ == 0 ? 0 : ends_[written_ - 1];
      const std::size_t size = ends_[written_] - begin;
      if (bytes.size() + size + 1 > kFilledBytes) return;
      bytes.append(encoded_, begin, size);
    }
    if (!encode_next_part()) return;
  }
}

bool PollWriter::encode_next_part() {
  encoded_.clear();
  ends_.clear();
  written_ = 0;
  if (!slot_.poll || next_part_ == slot_.poll->voters.parts()) return false;
  ByteWriter out(encoded_);
  slot_.poll->voters.each_of(next_part_++, [&](const VoterTag& voter, const Standing& standing) {
    write_voter(out, voter, standing);
    ends_.push_back(encoded_.size());
  });
  return true;
}

Problem PollReader::take(std::string_view bytes) {
  if (problem_.empty()) problem_ = read(bytes);
  return problem_;
}

Problem PollReader::read(std::string_view bytes) {
  if (complete_) return "a chunk follows the last one of its poll";
  if (bytes.empty()) return "a chunk is empty";
  const char last = bytes.back();
  ByteReader in(bytes.substr(0, bytes.size() - 1));
  in.literal(kMagic);
  const PollId id(in.number((std::uint64_t{1} << 60) - 1));
  const bool in_order = in.number() == index_ && (index_ == 0 || id == id_);
  if (!in.ok() || !in_order || last < 0 || last > 1) {
    return "a chunk is not of this format or out of order";
  }
  if (index_ == 0) {
    id_ = id;
    slot_.from_offset = static_cast<std::int64_t>(in.number(kMaxOffset));
    read_optional(in, slot_.parked, [&] {
      const auto offset = static_cast<std::int64_t>(in.number(kMaxOffset));
      return ParkedPoll{offset, in.text()};
    });
    if (in.number(1) == 1) read_state(in, *(slot_.poll = std::make_unique<Poll>()));
    if (slot_.poll) slot_.poll->settings.poll = id;
    if (!in.ok() || (!slot_.poll && !slot_.parked)) return "a poll's state cannot be read";
  }
  if (!in.at_end() && (!slot_.poll || !read_voters(in, *slot_.poll))) {
    return "a poll's voters cannot be read";
  }
  ++index_;
  complete_ = last == 1;
  return {};
}

std::pair<PollId, PollSlot> PollReader::result() && {
  FP_CHECK(complete_, "only a complete poll is handed out");
  complete_ = false;
  return {id_, std::move(slot_)};
}

}  // namespace flashpoll::events
