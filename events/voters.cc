#include <algorithm>
#include <cstring>

#include "events/check.h"
#include "events/poll.h"

namespace flashpoll::events {

namespace {

constexpr std::uint64_t kNone = ~std::uint64_t{0};
/// Below it, 256 maps would cost more than the voters in them.
constexpr std::size_t kSplitAbove = 4096;
constexpr std::size_t kParts = 256;
/// Count byte of a cell whose choices are in the side map.
constexpr std::uint64_t kLong = 255;

}  // namespace

std::size_t Voters::TagHash::operator()(const VoterTag& tag) const noexcept {
  // Tags are the output of a MAC; the first byte already chose the part.
  std::uint64_t word;
  std::memcpy(&word, tag.bytes.data() + 8, sizeof word);
  return word;
}

std::size_t Voters::part_of(const VoterTag& voter) const {
  return parts_.size() == 1 ? 0 : voter.bytes[0];
}

std::optional<Standing> Voters::find(const VoterTag& voter) const {
  const Part& part = parts_[part_of(voter)];
  const auto place = part.places.find(voter);
  if (place == part.places.end()) return std::nullopt;
  return unpack(voter, part.cells[place->second]);
}

Standing Voters::unpack(const VoterTag& voter, const Cell& cell) const {
  Standing standing;
  standing.seq = Seq(cell.seq);
  standing.at = static_cast<TimeMs>(cell.at_and_kind >> 16);
  standing.retracted = ((cell.at_and_kind >> 8) & 1) != 0;
  standing.vote_id = cell.vote_id;
  if (cell.replaces != kNone) standing.replaces = Seq(cell.replaces);
  const std::uint64_t count = cell.at_and_kind & 0xFF;
  if (count == kLong) {
    const auto& all = long_ballots_.at(voter);
    standing.choices.assign(all.begin(), all.end());
  } else {
    standing.choices.assign(cell.choices.begin(), cell.choices.begin() + count);
  }
  return standing;
}

void Voters::put(const VoterTag& voter, const Standing& standing) {
  FP_CHECK(standing.at >= 0 && standing.at <= kMaxTimeMs, "a time fits into 48 bits");
  Cell cell;
  cell.vote_id = standing.vote_id;
  cell.seq = standing.seq.value;
  cell.replaces = standing.replaces ? standing.replaces->value : kNone;
  std::uint64_t count = standing.choices.size();
  if (count > cell.choices.size()) {
    long_ballots_[voter].assign(standing.choices.begin(), standing.choices.end());
    count = kLong;
  } else {
    std::copy(standing.choices.begin(), standing.choices.end(), cell.choices.begin());
    if (!long_ballots_.empty()) long_ballots_.erase(voter);
  }
  cell.at_and_kind = static_cast<std::uint64_t>(standing.at) << 16 |
                     std::uint64_t{standing.retracted} << 8 | count;
  Part& part = parts_[part_of(voter)];
  const std::size_t before = part.cells.size();
  part.put(voter, cell);
  size_ += part.cells.size() - before;
  if (parts_.size() == 1 && size_ > kSplitAbove) split();
}

void Voters::Part::put(const VoterTag& voter, const Cell& cell) {
  const auto [place, added] = places.try_emplace(voter, static_cast<std::uint32_t>(cells.size()));
  if (added) {
    cells.push_back(cell);
  } else {
    cells[place->second] = cell;
  }
}

void Voters::split() {
  const Part all = std::move(parts_.front());
  parts_ = std::vector<Part>(kParts);
  for (const auto& [voter, place] : all.places) parts_[part_of(voter)].put(voter, all.cells[place]);
}

void Voters::clear() {
  parts_ = std::vector<Part>(1);
  long_ballots_ = {};
  size_ = 0;
}

void Voters::each(const std::function<void(const VoterTag&, const Standing&)>& visit) const {
  for (std::size_t part = 0; part < parts(); ++part) each_of(part, visit);
}

void Voters::each_of(std::size_t part,
                     const std::function<void(const VoterTag&, const Standing&)>& visit) const {
  const Part& one = parts_.at(part);
  for (const auto& [voter, place] : one.places) visit(voter, unpack(voter, one.cells[place]));
}

}  // namespace flashpoll::events
