#include "events/voters.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "events/check.h"

namespace flashpoll::events {

namespace {

constexpr std::uint64_t kNone = ~std::uint64_t{0};
/// Cells do not move but for those of a small poll, whose only block grows.
constexpr std::size_t kBlock = 4096;
/// Count byte of a cell whose choices are in the side map.
constexpr std::uint64_t kLong = 255;

/// Tags are the output of a MAC: any of their bits are as good as a hash.
std::uint32_t print_of(const VoterTag& voter) {
  std::uint32_t print;
  std::memcpy(&print, voter.bytes.data() + 8, sizeof print);
  return print;
}

}  // namespace

std::uint32_t Voters::place_of(const VoterTag& voter) const {
  return places_.find(print_of(voter),
                      [&](std::uint32_t place) { return cell(place).voter == voter; });
}

const Voters::Cell& Voters::cell(std::uint32_t place) const {
  return blocks_[place / kBlock][place % kBlock];
}

std::optional<Standing> Voters::find(const VoterTag& voter) const {
  const std::uint32_t place = place_of(voter);
  if (place == PlaceIndex::kNowhere) return std::nullopt;
  return unpack(place);
}

void Voters::expect(const VoterTag& voter) const { places_.expect(print_of(voter)); }

Standing Voters::unpack(std::uint32_t place) const {
  const Cell& packed = cell(place);
  Standing standing;
  standing.seq = Seq(packed.seq);
  standing.at = static_cast<TimeMs>(packed.at_and_kind >> 16);
  standing.retracted = ((packed.at_and_kind >> 8) & 1) != 0;
  standing.vote_id = packed.vote_id;
  if (packed.replaces != kNone) standing.replaces = Seq(packed.replaces);
  const std::uint64_t count = packed.at_and_kind & 0xFF;
  if (count == kLong) {
    const auto& all = long_ballots_.at(place);
    standing.choices.assign(all.begin(), all.end());
  } else {
    standing.choices.assign(packed.choices.begin(), packed.choices.begin() + count);
  }
  return standing;
}

Voters::Cell Voters::pack(std::uint32_t place, const VoterTag& voter, const Standing& standing) {
  FP_CHECK(standing.at >= 0 && standing.at <= kMaxTimeMs, "a time fits into 48 bits");
  Cell cell;
  cell.voter = voter;
  cell.vote_id = standing.vote_id;
  cell.seq = standing.seq.value;
  cell.replaces = standing.replaces ? standing.replaces->value : kNone;
  std::uint64_t count = standing.choices.size();
  if (count > cell.choices.size()) {
    long_ballots_[place].assign(standing.choices.begin(), standing.choices.end());
    count = kLong;
  } else {
    std::copy(standing.choices.begin(), standing.choices.end(), cell.choices.begin());
    if (!long_ballots_.empty()) long_ballots_.erase(place);
  }
  cell.at_and_kind = static_cast<std::uint64_t>(standing.at) << 16 |
                     std::uint64_t{standing.retracted} << 8 | count;
  return cell;
}

void Voters::put(const VoterTag& voter, const Standing& standing) {
  const std::uint32_t place = place_of(voter);
  if (place == PlaceIndex::kNowhere) {
    FP_CHECK(size_ < PlaceIndex::kNowhere, "a place fits into 32 bits");
    add(pack(static_cast<std::uint32_t>(size_), voter, standing));
  } else {
    blocks_[place / kBlock][place % kBlock] = pack(place, voter, standing);
  }
}

void Voters::add(const Cell& cell) {
  if (size_ % kBlock == 0) {
    blocks_.emplace_back();
    if (size_ > 0) blocks_.back().reserve(kBlock);
  }
  blocks_.back().push_back(cell);
  places_.add(print_of(cell.voter), static_cast<std::uint32_t>(size_));
  ++size_;
}

void Voters::each(const std::function<void(const VoterTag&, const Standing&)>& visit) const {
  for (std::size_t part = 0; part < parts(); ++part) each_of(part, visit);
}

void Voters::each_of(std::size_t part,
                     const std::function<void(const VoterTag&, const Standing&)>& visit) const {
  auto place = static_cast<std::uint32_t>(part * kBlock);
  for (const Cell& cell : blocks_.at(part)) visit(cell.voter, unpack(place++));
}

}  // namespace flashpoll::events
