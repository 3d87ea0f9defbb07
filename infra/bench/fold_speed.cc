#include "infra/bench/fold_speed.h"

#include <time.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstring>

#include "events/fold.h"
#include "infra/bench/allocations.h"
#include "infra/bench/process.h"
#include "infra/bench/sample_votes.h"
#include "infra/runtime/check.h"

namespace flashpoll::bench {

namespace {

constexpr std::uint32_t kPartitions = 1;
/// Records that are decoded, then folded.
constexpr std::size_t kBatch = 500;

double thread_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// As the fold hashes them: they are random already.
struct TagHash {
  std::size_t operator()(const events::VoterTag& tag) const noexcept {
    std::size_t word;
    std::memcpy(&word, tag.bytes.data() + 8, sizeof word);
    return word;
  }
};

std::vector<events::VoterTag> make_voters(std::uint64_t count) {
  std::vector<events::VoterTag> voters(count);
  for (std::uint64_t i = 0; i < count; ++i) voters[i] = {scattered(i)};
  return voters;
}

Figures rate_of(std::uint64_t count, double began) {
  return {{"rate /s", static_cast<double>(count) / (thread_seconds() - began)}};
}

/// A fold in which the sample's one poll is open.
events::Fold open_poll(const SampleVotes& sample) {
  events::Fold fold;
  for (events::Event& opening : sample.openings()) {
    (void)fold.fold({.offset = 0, .append_time = 1}, events::Decoded(std::move(opening)));
  }
  return fold;
}

bool counted(const events::Outcome& outcome) {
  const auto* judged = std::get_if<events::Judged>(&outcome);
  return judged != nullptr && judged->counted();
}

/// As the desk folds what its tail's thread has decoded.
void fold_batch(events::Fold& fold, const std::vector<events::Decoded>& records,
                events::Position& position) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    events::expect_ahead(i, records.size(), [&](std::size_t next) { fold.expect(records[next]); });
    FP_CHECK(counted(fold.fold(position, records[i])), "each voter's first ballot counts");
    ++position.offset;
  }
}

}  // namespace

Figures fold_votes(const Options& options) {
  const Pinned here(options.server_core());
  SampleVotes sample(1);
  events::Fold fold = open_poll(sample);
  const std::vector<events::VoterTag> voters = make_voters(options.voters);
  std::vector<events::Decoded> records(kBatch, events::Event(sample.next_event()));
  events::Position position{.offset = 1, .append_time = 2};
  const double began = thread_seconds();
  std::uint64_t before_half = 0;
  for (std::size_t first = 0; first < voters.size(); first += records.size()) {
    if (first < voters.size() / 2) before_half = allocations();
    records.resize(std::min(kBatch, voters.size() - first));
    for (std::size_t i = 0; i < records.size(); ++i) {
      auto& vote = std::get<events::VoteCast>(std::get<events::Event>(records[i]));
      vote.voter = voters[first + i];
      vote.vote_id.bytes = vote.voter.bytes;
    }
    fold_batch(fold, records, position);
  }
  Figures figures = rate_of(voters.size(), began);
  figures.emplace_back("allocations", static_cast<double>(allocations() - before_half) /
                                          static_cast<double>(voters.size() / 2));
  return figures;
}

Figures fill_flat_map(const Options& options) {
  const Pinned here(options.server_core());
  const std::vector<events::VoterTag> voters = make_voters(options.voters);
  boost::unordered_flat_map<events::VoterTag, std::uint64_t, TagHash> map;
  const double began = thread_seconds();
  for (std::uint64_t i = 0; i < voters.size(); ++i) map.emplace(voters[i], i);
  FP_CHECK(map.size() == voters.size(), "all voters differ");
  return rate_of(voters.size(), began);
}

Figures decode_and_fold(const Options& options) {
  const Pinned here(options.server_core());
  SampleVotes sample(1);
  events::Fold fold = open_poll(sample);
  std::string key;
  std::string bytes;
  std::vector<std::size_t> ends;
  for (std::uint64_t i = 0; i < options.voters; ++i) {
    SampleVote vote = sample.next();
    bytes += vote.value;
    ends.push_back(bytes.size());
    key = std::move(vote.key);
  }
  events::Position position{.offset = 1, .append_time = 2};
  std::size_t begin = 0;
  std::vector<events::Decoded> records;
  const double began = thread_seconds();
  for (const std::size_t end : ends) {
    const std::string_view value = std::string_view(bytes).substr(begin, end - begin);
    records.push_back(events::decode({.partition = 0, .key = key, .value = value}, kPartitions));
    begin = end;
    if (records.size() < kBatch && end != bytes.size()) continue;
    fold_batch(fold, records, position);
    records.clear();
  }
  return rate_of(ends.size(), began);
}

}  // namespace flashpoll::bench
