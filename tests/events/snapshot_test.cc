#include "events/snapshot.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "infra/crypto/hash.h"
#include "tests/events/random_events.h"
#include "tests/events/seed.h"

using namespace flashpoll::events;
using namespace flashpoll::events::testing;

namespace {

const DigestOf kSha256 = [](std::string_view bytes) { return flashpoll::crypto::sha256(bytes); };

PollSlot random_slot(RandomEvents& random, std::size_t voters) {
  PollSlot slot;
  slot.poll = std::make_unique<Poll>();
  Poll& poll = *slot.poll;
  poll.settings = random.opened();
  poll.next_seq = Seq(voters + 17);
  poll.at = kMaxTimeMs;
  poll.opened_at = 5;
  poll.first_closes_at = 6;
  for (std::size_t i = 0; i < poll.settings.choices.size(); ++i) {
    poll.votes.push_back(random.below(1'000'000'000'000));
  }
  poll.standing = voters;
  poll.counted = voters + 3;
  poll.voided = ~std::uint64_t{0};
  poll.codes_issued = kMaxCodes;
  if (random.below(2) == 0) poll.closed = Ending{Seq(4), 40};
  if (random.below(2) == 0) poll.hidden = Ending{Seq(5), 50};
  if (random.below(2) == 0) poll.extended = Ending{Seq(6), 60};
  if (random.below(2) == 0) poll.issued = Ending{Seq(7), 70};
  for (std::size_t i = 0; i < voters; ++i) {
    Standing standing{.seq = Seq(random.below(kMaxSeq)),
                      .at = static_cast<TimeMs>(random.below(kMaxTimeMs)),
                      .retracted = random.below(4) == 0,
                      .vote_id = random.uuid(),
                      .replaces = {},
                      .choices = {}};
    if (random.below(2) == 0) standing.replaces = Seq(random.below(kMaxSeq));
    const std::size_t choices = random.below(20) == 0 ? 200 : random.below(4);
    for (std::size_t c = 0; c < choices && !standing.retracted; ++c) {
      standing.choices.push_back(static_cast<std::uint8_t>(random.below(poll.votes.size())));
    }
    poll.voters.put(random.voter(), standing);
  }
  return slot;
}

bool equal(const std::optional<Ending>& a, const std::optional<Ending>& b) {
  return a.has_value() == b.has_value() && (!a || (a->seq == b->seq && a->at == b->at));
}

bool equal(const Standing& a, const Standing& b) {
  return a.seq == b.seq && a.at == b.at && a.retracted == b.retracted && a.vote_id == b.vote_id &&
         a.replaces == b.replaces && a.choices == b.choices;
}

void require_equal(const Poll& a, const Poll& b) {
  REQUIRE(a.settings == b.settings);
  REQUIRE(a.next_seq == b.next_seq);
  REQUIRE(a.at == b.at);
  REQUIRE(a.opened_at == b.opened_at);
  REQUIRE(a.first_closes_at == b.first_closes_at);
  REQUIRE(a.votes == b.votes);
  REQUIRE(a.standing == b.standing);
  REQUIRE(a.counted == b.counted);
  REQUIRE(a.voided == b.voided);
  REQUIRE(a.codes_issued == b.codes_issued);
  REQUIRE(equal(a.closed, b.closed));
  REQUIRE(equal(a.hidden, b.hidden));
  REQUIRE(equal(a.extended, b.extended));
  REQUIRE(equal(a.issued, b.issued));
  REQUIRE(a.voters.size() == b.voters.size());
  a.voters.each([&](const VoterTag& voter, const Standing& standing) {
    const auto other = b.voters.find(voter);
    REQUIRE((other && equal(standing, *other)));
  });
}

/// A snapshot as a store would hold it.
struct Stored {
  std::string manifest;
  std::map<std::string, std::string> chunks;
};

Stored store(const std::map<PollId, PollSlot>& polls) {
  Stored stored;
  CatalogueWriter catalogue(kSha256);
  for (const auto& [id, slot] : polls) {
    PollWriter writer(id, slot, slot.from_offset);
    while (const auto chunk = writer.next()) {
      REQUIRE(chunk->bytes.size() <= kMaxChunkBytes);
      catalogue.add(*chunk);
      REQUIRE(stored.chunks.emplace(chunk->name, chunk->bytes).second);
    }
  }
  auto [chunks, entries] = std::move(catalogue).finish();
  for (const Chunk& chunk : chunks) {
    REQUIRE(chunk.bytes.size() <= kMaxChunkBytes);
    REQUIRE(stored.chunks.emplace(chunk.name, chunk.bytes).second);
  }
  const Manifest manifest{.id = std::string(32, 'a'),
                          .reader = kReaderVersion,
                          .key = {1, 2, 3, 4, 5, 6, 7, 8},
                          .partitions = {{}, {12, LastRecord{40, {9, 9}}}},
                          .catalogue = entries};
  stored.manifest = write_manifest(manifest, kSha256);
  return stored;
}

/// Reads everything back; the problem, if any.
Problem load(const Stored& stored, std::map<PollId, PollSlot>& polls) {
  Problem problem;
  auto manifest = parse_manifest(stored.manifest, kSha256, problem);
  if (!manifest) return problem;
  SnapshotReader reader(*std::move(manifest), kSha256, [&](PollId id, PollSlot slot) {
    REQUIRE(polls.emplace(id, std::move(slot)).second);
  });
  for (const auto& [name, bytes] : stored.chunks) {
    problem = reader.take(name, bytes);
    if (!problem.empty()) return problem;
  }
  return reader.finish();
}

Problem load(const Stored& stored) {
  std::map<PollId, PollSlot> polls;
  return load(stored, polls);
}

std::map<PollId, PollSlot> random_polls(RandomEvents& random, std::size_t count,
                                        std::size_t voters) {
  std::map<PollId, PollSlot> polls;
  while (polls.size() < count) {
    PollSlot slot = random_slot(random, random.below(voters + 1));
    slot.from_offset = static_cast<std::int64_t>(random.below(1000));
    if (random.below(4) == 0) slot.parked = ParkedPoll{77, "vote.cast.v9"};
    const PollId id = slot.poll->settings.poll;
    if (random.below(6) == 0) {
      slot.poll.reset();
      slot.parked = ParkedPoll{78, "poll.opened.v2"};
    }
    polls.emplace(id, std::move(slot));
  }
  return polls;
}

}  // namespace

TEST_CASE("polls come back from a snapshot as they were") {
  RandomEvents random(test_seed("snapshot"));
  const auto polls = random_polls(random, 30, 40);
  std::map<PollId, PollSlot> loaded;
  REQUIRE(load(store(polls), loaded) == "");
  REQUIRE(loaded.size() == polls.size());
  for (const auto& [id, slot] : polls) {
    const PollSlot& other = loaded.at(id);
    REQUIRE(other.from_offset == slot.from_offset);
    REQUIRE(other.parked.has_value() == slot.parked.has_value());
    if (slot.parked) {
      REQUIRE(other.parked->offset == slot.parked->offset);
      REQUIRE(other.parked->type == slot.parked->type);
    }
    REQUIRE((other.poll == nullptr) == (slot.poll == nullptr));
    if (slot.poll) require_equal(*slot.poll, *other.poll);
  }
}

TEST_CASE("a large poll is cut into chunks and comes back whole") {
  RandomEvents random(test_seed("large poll"));
  std::map<PollId, PollSlot> polls;
  PollSlot slot = random_slot(random, 45'000);
  const PollId id = slot.poll->settings.poll;
  polls.emplace(id, std::move(slot));
  const Stored stored = store(polls);
  CHECK(stored.chunks.size() >= 3);
  CHECK(stored.chunks.contains("c/000000"));
  CHECK(stored.chunks.contains("p/" + id.text() + "/000002"));
  std::map<PollId, PollSlot> loaded;
  REQUIRE(load(stored, loaded) == "");
  require_equal(*polls.at(id).poll, *loaded.at(id).poll);
}

TEST_CASE("the manifest reads back") {
  Problem problem;
  const Stored stored = store({});
  const auto manifest = parse_manifest(stored.manifest, kSha256, problem);
  REQUIRE(manifest);
  CHECK(problem.empty());
  CHECK(manifest->id == std::string(32, 'a'));
  CHECK(manifest->key == KeyFingerprint{1, 2, 3, 4, 5, 6, 7, 8});
  REQUIRE(manifest->partitions.size() == 2);
  CHECK(manifest->partitions[0] == PartitionPosition{});
  CHECK(manifest->partitions[1] == PartitionPosition{12, LastRecord{40, {9, 9}}});
}

TEST_CASE("a snapshot of a newer reader is not used, and says so") {
  Manifest manifest{
      .id = std::string(32, '0'), .reader = kReaderVersion + 1, .partitions = {}, .catalogue = {}};
  Problem problem;
  CHECK_FALSE(parse_manifest(write_manifest(manifest, kSha256), kSha256, problem));
  CHECK(problem.find("newer") != std::string::npos);
}

TEST_CASE("each flipped bit and each cut is refused") {
  RandomEvents random(test_seed("flipped bits"));
  const Stored whole = store(random_polls(random, 4, 3));
  REQUIRE(load(whole) == "");
  const auto damage = [&](Stored& stored) -> std::string& {
    const std::size_t which = random.below(stored.chunks.size() + 1);
    if (which == stored.chunks.size()) return stored.manifest;
    return std::next(stored.chunks.begin(), static_cast<std::ptrdiff_t>(which))->second;
  };
  for (int i = 0; i < 3000; ++i) {
    Stored stored = whole;
    std::string& bytes = damage(stored);
    const std::size_t at = random.below(bytes.size());
    if (random.below(4) == 0) {
      bytes.resize(at);
    } else {
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
    }
    REQUIRE(load(stored) != "");
  }
}

TEST_CASE("a missing, a foreign and a renamed chunk are refused") {
  RandomEvents random(test_seed("missing chunks"));
  const Stored whole = store(random_polls(random, 4, 3));
  for (const auto& [name, bytes] : whole.chunks) {
    CAPTURE(name);
    Stored stored = whole;
    stored.chunks.erase(name);
    CHECK(load(stored) != "");
    stored.chunks.emplace("p/ZZZZZZZZZZZZ/000009", bytes);
    CHECK(load(stored) != "");
  }
  Stored stored = whole;
  stored.chunks.emplace("p/ZZZZZZZZZZZZ/000009", "");
  CHECK(load(stored) != "");
}

TEST_CASE("a poll that lacks its last chunk is incomplete even in a sound catalogue") {
  RandomEvents random(test_seed("lacking chunk"));
  const PollSlot slot = random_slot(random, 45'000);
  CatalogueWriter catalogue(kSha256);
  PollWriter writer(slot.poll->settings.poll, slot, 0);
  const auto first = writer.next();
  REQUIRE(first);
  catalogue.add(*first);
  auto [chunks, entries] = std::move(catalogue).finish();
  Manifest manifest{.id = std::string(32, '0'), .partitions = {}, .catalogue = entries};
  SnapshotReader reader(manifest, kSha256, [](PollId, const PollSlot&) { CHECK(false); });
  REQUIRE(reader.take(chunks[0].name, chunks[0].bytes) == "");
  REQUIRE(reader.take(first->name, first->bytes) == "");
  CHECK(reader.finish() != "");
}

TEST_CASE("the parsers survive any bytes, even under a right digest") {
  RandomEvents random(test_seed("any bytes"));
  const Stored whole = store(random_polls(random, 6, 5));
  const DigestOf none = [](std::string_view) { return SnapshotDigest{}; };
  int read = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto chunk = std::next(whole.chunks.begin(),
                                 static_cast<std::ptrdiff_t>(random.below(whole.chunks.size())));
    std::string bytes = chunk->second;
    for (std::uint64_t left = 1 + random.below(3); left > 0; --left) bytes = random.mutated(bytes);
    PollReader reader;
    const Problem problem = reader.take(bytes);
    if (problem.empty() && reader.complete()) ++read;
    std::string manifest = whole.manifest.substr(0, whole.manifest.size() - 32);
    manifest = random.mutated(std::move(manifest)) + std::string(32, '\0');
    Problem ignored;
    (void)parse_manifest(manifest, none, ignored);
  }
  CHECK(read > 100);
}
